"""Warnings at half and at four fifths of every cap, each issued once, also by resumed runs."""

from collections.abc import Mapping

from archive.reading import Reader
from archive.records import Event, Run
from archive.store import Archive
from evolve.budget.ledger import Budget

WARNING = "budget"
"""The kind of event that warns of a cap."""

SHARES = (0.5, 0.8)

_UNITS = {"usd": "USD", "calls": "model calls", "candidates": "candidates made"}


class CapWarnings:
    """Compares usage with a budget and remembers the warnings issued."""

    def __init__(self, archive: Archive, run: Run, budget: Budget) -> None:
        """Reads the warnings that the run issued before it was interrupted.

        Args:
            archive: The archive that holds the warnings.
            run: The run.
            budget: The caps.
        """
        self.issued: list[str] = []
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
        """Stores and returns the warnings that are newly due.

        Args:
            used: The usage by the names of the caps; caps that are not named are skipped.
            at: The run's clock.
        """
        reached = [due for due in self._due if used.get(due[0], 0.0) >= due[1]]
        for due in reached:
            self._due.remove(due)
            self.issued.append(due[2])
            self._archive.add_event(self._run, Event(at=at, kind=WARNING, text=due[2]))
        return [text for _, _, text in reached]


def warnings_of(archive: Reader, run: Run) -> list[str]:
    """The warnings that a run has issued so far."""
    return [event.text for event in archive.events(run) if event.kind == WARNING]


def _text(name: str, share: float, cap: float) -> str:
    return f"{share * 100:.0f} % of the budget's {cap:,g} {_UNITS.get(name, name)} is used"
