"""Which model calls waited for room, kept so that a resumed run in virtual time repeats it.

A resumed run starts its pending evaluations anew at the moments when they were decided on. Calls
that were granted before it was interrupted are granted at the same moments again.
"""

from typing import Protocol

from archive.records import Event, Run
from archive.store import Archive
from evolve.clock import Stopwatch

WAIT = "wait"
"""The kind of event that records the beginning or the end of a wait."""

ROUNDING_S = 1e-9
"""Seconds by which a repeated moment may differ."""


class Waits(Protocol):
    """Records waits, and repeats those of an interrupted run."""

    @property
    def is_repeating(self) -> bool:
        """Whether the moment precedes the interruption of the run."""

    def is_repeated(self, decision: int, place: int) -> bool:
        """Whether a call is known to have waited before the run was interrupted."""

    def was_granted(self, decision: int, place: int) -> bool:
        """Whether that wait had ended."""

    async def repeat(self, decision: int, place: int) -> None:
        """Waits until the moment when it ended, or when the run was interrupted."""

    def begin(self, decision: int, place: int) -> None:
        """Records that a call begins to wait."""

    def end(self, decision: int, place: int) -> None:
        """Records that it is granted."""


class _NoWaits:
    """Records nothing: in real time, calls of a resumed run settle at other moments."""

    is_repeating = False

    def is_repeated(self, decision: int, place: int) -> bool:
        return False

    def was_granted(self, decision: int, place: int) -> bool:
        return False

    async def repeat(self, decision: int, place: int) -> None:
        """Does nothing."""

    def begin(self, decision: int, place: int) -> None:
        """Does nothing."""

    def end(self, decision: int, place: int) -> None:
        """Does nothing."""


NO_WAITS: Waits = _NoWaits()


class KeptWaits:
    """Records waits as events of a run."""

    def __init__(self, archive: Archive, run: Run, clock: Stopwatch, until: float) -> None:
        """Reads the waits that are known.

        Args:
            archive: The archive that holds them.
            run: The run.
            clock: The run's clock.
            until: The time of the last result observed before the run was interrupted.
        """
        self._archive = archive
        self._run = run
        self._clock = clock
        self._until = until - ROUNDING_S
        self._ends: dict[str, float | None] = {}
        for event in archive.events(run):
            if event.kind == WAIT:
                self._ends[event.text] = event.at if event.text in self._ends else None

    @property
    def is_repeating(self) -> bool:
        """Whether the moment precedes the interruption of the run."""
        return self._clock.seconds < self._until

    def is_repeated(self, decision: int, place: int) -> bool:
        """Whether a call is known to have waited before the run was interrupted."""
        return _name(decision, place) in self._ends

    def was_granted(self, decision: int, place: int) -> bool:
        """Whether that wait had ended."""
        return self._ends.get(_name(decision, place)) is not None

    async def repeat(self, decision: int, place: int) -> None:
        """Waits until the moment when it ended, or when the run was interrupted."""
        end = self._ends[_name(decision, place)]
        await self._clock.until(self._until + ROUNDING_S if end is None else end)

    def begin(self, decision: int, place: int) -> None:
        """Records that a call begins to wait."""
        if not self.is_repeated(decision, place):
            self._keep(decision, place)

    def end(self, decision: int, place: int) -> None:
        """Records that it is granted."""
        self._keep(decision, place)

    def _keep(self, decision: int, place: int) -> None:
        event = Event(at=self._clock.seconds, kind=WAIT, text=_name(decision, place))
        self._archive.add_event(self._run, event)


def _name(decision: int, place: int) -> str:
    return f"call {place} of decision {decision}"
