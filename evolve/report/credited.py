"""Stored credit: an event of its run, shown with its candidate."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from rich.table import Table

from archive.reading import Reader
from archive.records import Event, Run
from archive.store import Archive
from evolve.report import figures
from evolve.report.console import table
from evolve.text import one_line
from search_spaces.frozen import Frozen

KIND = "credit"
"""The kind of event that holds measured credit."""


class Share(Frozen):
    """What an agent or an edge adds to the score, with its 95 % interval."""

    player: str
    mean: float
    interval: tuple[float, float]
    comparisons: int


class Measured(Frozen):
    """The credit of every agent and edge of a candidate."""

    candidate: int
    method: str
    credits: tuple[Share, ...]

    @property
    def title(self) -> str:
        """A heading: the candidate and the method."""
        return f"Credit in candidate #{self.candidate}, {self.method.replace('_', ' ')}"


def keep(archive: Archive, run: Run, measured: Measured) -> None:
    """Stores measured credit as an event of the run."""
    at = max((event.at for event in archive.events(run)), default=0.0)
    archive.add_event(run, Event(at=at, kind=KIND, text=measured.model_dump_json()))


def recall(archive: Reader, run: Run, candidate: int) -> list[Measured]:
    """The last credit of a candidate by each method."""
    found: dict[str, Measured] = {}
    for event in archive.events(run):
        if event.kind == KIND:
            with suppress(ValidationError):  # another version may have stored other fields
                measured = Measured.model_validate_json(event.text)
                if measured.candidate == candidate:
                    found[measured.method] = measured
    return list(found.values())


def credit_table(shares: Sequence[Share]) -> Table:
    """One row for each share, in the given order."""
    rows = table("agent or edge", "adds, 95 %", "comparisons")
    for each in shares:
        gain = figures.points(each.mean, each.interval)
        rows.add_row(one_line(each.player), gain, str(each.comparisons))
    return rows


def as_data(found: Iterable[Measured]) -> list[Any]:
    """For programs."""
    return [json.loads(measured.model_dump_json()) for measured in found]
