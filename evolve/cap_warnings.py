"""Warnings at half and at four fifths of every cap, each told once, also by a resumed run."""

from collections.abc import Mapping

from archive.reading import Reader
from archive.records import Event, Run
from archive.store import Archive
from evolve.ledger import Budget

WARNING = "budget"
"""The kind of an event that warns of a cap."""

SHARES = (0.5, 0.8)

_UNITS = {"usd": "USD", "calls": "model calls", "candidates": "candidates made"}


class CapWarnings:
    """Compares what is used with a budget and remembers what was said of it."""

    def __init__(self, archive: Archive, run: Run, budget: Budget) -> None:
        """Knows what the run said before it was interrupted.

        Args:
            archive: Where warnings are kept.
            run: Whose.
            budget: The caps.
        """
        self.told: list[str] = []
        self._archive = archive
        self._run = run
        known = warnings_of(archive, run)
        self._due = [
            (name, share * cap, text)
            for name, cap in budget.model_dump(exclude_none=True).items()
            for share in SHARES
            if (text := _text(name, share, cap)) not in known
        ]

    def check(self, used: Mapping[str, float], at: float) -> list[str]:
        """Keeps and returns what is newly reached.

        Args:
            used: What is used up by the names of the caps; caps that are not named are left alone.
            at: The run's clock.
        """
        reached = [due for due in self._due if used.get(due[0], 0.0) >= due[1]]
        for due in reached:
            self._due.remove(due)
            self.told.append(due[2])
            self._archive.add_event(self._run, Event(at=at, kind=WARNING, text=due[2]))
        return [text for _, _, text in reached]


def warnings_of(archive: Reader, run: Run) -> list[str]:
    """What a run has said of its caps so far."""
    return [event.text for event in archive.events(run) if event.kind == WARNING]


def _text(name: str, share: float, cap: float) -> str:
    return f"{share * 100:.0f} % of the budget's {cap:,g} {_UNITS.get(name, name)} is used"
