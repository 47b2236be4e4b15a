"""What scores rest on: the tasks of a split, and whether a model's opinion makes them."""

from typing import NamedTuple

from archive.reading import Reader
from archive.records import Run, Split

JUDGED = "as judged"
"""What is said beside every score that is an opinion."""


class Basis(NamedTuple):
    """What the standings of a run are about."""

    split: Split | None
    judged: bool

    @classmethod
    def of(cls, archive: Reader, run: Run) -> "Basis":
        """What those of a run in an archive are about."""
        return cls(archive.split(run), archive.judged(run))

    def __str__(self) -> str:
        return ", ".join([self.split or "validation", *([JUDGED] if self.judged else [])])
