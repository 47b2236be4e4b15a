"""The basis of scores: which split, and whether a model judges the answers."""

from typing import NamedTuple

from archive.reading import Reader
from archive.records import Run, Split

JUDGED = "as judged"
"""Shown beside every score that a model gave."""


class Basis(NamedTuple):
    """The basis of a run's standings."""

    split: Split | None
    judged: bool

    @classmethod
    def of(cls, archive: Reader, run: Run) -> "Basis":
        """The basis of the standings of a run in an archive."""
        return cls(archive.split(run), archive.judged(run))

    def __str__(self) -> str:
        return ", ".join([self.split or "validation", *([JUDGED] if self.judged else [])])
