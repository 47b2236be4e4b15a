"""Reservation by call, for evaluations in flight.

An evaluation starts if its expected cost fits beside the confirmation reserve; that is an upper
quantile of what such evaluations cost. Each of its calls starts if its worst case fits the caps:

    settled + Σ max(finished calls, expected cost) + confirmation reserve ≤ cap
    settled + Σ (finished calls + calls in flight at their worst cases)   ≤ cap

So no cap can be exceeded. Worst cases are given back when calls settle, before anything is
confirmed. Where models may lose calls or overrun their limits, they are kept out of the reserve all
the same, unless every purchase in flight waits.

A call that does not fit waits until others have settled; the calls of the oldest evaluation come
first. If every purchase in flight only waits, none can settle. Then the newest evaluation is given
up: its finished calls are booked and it gets no score.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field

from archive.records import Purpose, Usage
from evolve.budget.ledger import NOTHING, Ledger, Spend
from evolve.budget.waits import NO_WAITS, Waits
from evolve.errors import UnaffordableError

PURCHASE: ContextVar[int | None] = ContextVar("purchase", default=None)
"""The number of the decision that model calls are made for."""


@dataclass
class _Open:
    """An evaluation in flight."""

    purpose: Purpose
    expected: Spend
    finished: Usage = field(default_factory=Usage)
    requested: int = 0
    """Calls requested so far."""
    in_flight: dict[int, Spend] = field(default_factory=dict)
    waiting: int = 0

    @property
    def planned(self) -> Spend:
        """The planned spend."""
        return Spend.of(self.finished, 1).largest(self.expected)

    @property
    def exposed(self) -> Spend:
        """The worst case if it starts no other call."""
        total = Spend.of(self.finished, 1)
        for worst in self.in_flight.values():
            total = total.plus(worst)
        return total


@dataclass
class _Waiting:
    """A call that waits for room."""

    decision: int
    place: int
    worst: Spend
    least: Spend
    """The same if the model keeps its limits, although nothing was observed of it."""
    granted: asyncio.Future[None]


class CallReservations:
    """Grants the model calls of evaluations within a ledger."""

    def __init__(self, ledger: Ledger, waits: Waits = NO_WAITS) -> None:
        """Starts without evaluations.

        Args:
            ledger: Keeps what evaluations hold.
            waits: Records which calls waited, so that a resumed run repeats it.
        """
        self.over_reserved = 0
        """The number of replies that took more than was reserved for them."""
        self.ledger = ledger
        self._waits = waits
        self._open: dict[int, _Open] = {}
        self._queue: list[_Waiting] = []

    def open(self, decision: int, purpose: Purpose, expected: Spend) -> None:
        """Starts an evaluation, which holds its expected cost."""
        self._open[decision] = _Open(purpose, expected)
        self._reserve(decision)

    def expect(self, decision: int, expected: Spend) -> None:
        """Updates the expected cost of an evaluation."""
        one = self._open[decision]
        if one.expected != expected:
            one.expected = expected
            self._reserve(decision)

    def covers(self, decision: int) -> bool:
        """Whether calls are reserved one by one for this purchase."""
        return decision in self._open

    def close(self, decision: int) -> None:
        """Ends an evaluation that has settled; the ledger releases its reservation."""
        self._open.pop(decision, None)

    def spent(self, decision: int) -> Usage:
        """The spend of the finished calls of an evaluation."""
        return self._open[decision].finished

    @property
    def waiting(self) -> int:
        """The number of calls that wait for room."""
        return len(self._queue)

    def reserved(self, decision: int | None) -> Spend | None:
        """The largest worst case of the calls in flight of an evaluation; None where unknown."""
        one = None if decision is None else self._open.get(decision)
        if one is None or not one.in_flight:
            return None
        largest = NOTHING
        for worst in one.in_flight.values():
            largest = largest.largest(worst)
        return largest

    async def enter(self, decision: int, worst: Spend, least: Spend | None = None) -> int:
        """Waits until a call of an evaluation fits.

        Args:
            decision: The number of the evaluation's decision.
            worst: The worst case of the call.
            least: The worst case if a model without a result keeps its limits; that is enough for
                an evaluation that is alone.

        Returns:
            The place of the call among those of the evaluation, for `leave`.

        Raises:
            UnaffordableError: The evaluation is given up.
        """
        one = self._open[decision]
        place, one.requested = one.requested, one.requested + 1
        if self._waits.is_repeated(decision, place):
            await self._waits.repeat(decision, place)
        if not self._waits.was_granted(decision, place) and not self._can_start(decision, worst):
            await self._wait(decision, place, worst, least or worst)
        else:
            self._start(decision, place, worst)
        return place

    def leave(self, decision: int, place: int, usage: Usage) -> None:
        """Ends a call.

        Args:
            decision: The number of the evaluation's decision.
            place: What `enter` returned.
            usage: Its usage; zero if it brought no reply.
        """
        one = self._open.get(decision)
        if one is None:
            return
        worst = one.in_flight.pop(place)
        one.finished = Usage.total([one.finished, usage])
        self.over_reserved += _exceeds(Spend.of(usage, 0), worst)
        self._reserve(decision)
        self.serve()

    def serve(self) -> None:
        """Grants the calls that fit now; gives an evaluation up if none can ever settle."""
        while self._queue:
            first = min(self._queue, key=lambda call: (call.decision, call.place))
            if self.ledger.covers(first.worst):
                self._grant(first, first.worst)
            elif not self._is_stuck:
                return
            elif self.ledger.covers(first.worst, lend=True):
                self._grant(first, first.worst)
            elif self._is_alone and self.ledger.covers(first.least, lend=True):
                self._grant(first, first.least)
            else:
                self._give_up(max(call.decision for call in self._queue))
                return

    @property
    def held_up(self) -> str:
        """Why calls wait, in a few words; empty if none waits."""
        if not self._queue:
            return ""
        first = min(self._queue, key=lambda call: (call.decision, call.place))
        cap = self.ledger.binding(first.worst)
        calls = "1 model call waits" if self.waiting == 1 else f"{self.waiting} model calls wait"
        return f"{calls}: no room for the worst case under the cap on {cap}"

    @property
    def stuck(self) -> int:
        """The number of evaluations that only wait."""
        waiting = {call.decision for call in self._queue}
        return sum(not self._open[decision].in_flight for decision in waiting)

    def _can_start(self, decision: int, worst: Spend) -> bool:
        """Whether a call may start at once: it fits, and no older evaluation waits."""
        if self._waits.is_repeating:
            return True
        older = any(call.decision <= decision for call in self._queue)
        return not older and self.ledger.covers(worst)

    async def _wait(self, decision: int, place: int, worst: Spend, least: Spend) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        call = _Waiting(decision, place, worst, least, granted)
        self._waits.begin(decision, place)
        self._queue.append(call)
        self._open[decision].waiting += 1
        # Not now: the evaluation may have other calls to make.
        asyncio.get_running_loop().call_soon(self.serve)
        try:
            await granted
        except asyncio.CancelledError:
            if call in self._queue:
                self._queue.remove(call)
                self._open[decision].waiting -= 1
            elif decision in self._open and not granted.cancelled():
                self._open[decision].in_flight.pop(place, None)
            raise

    def _grant(self, call: _Waiting, worst: Spend) -> None:
        self._queue.remove(call)
        self._open[call.decision].waiting -= 1
        self._start(call.decision, call.place, worst)
        self._waits.end(call.decision, call.place)
        call.granted.set_result(None)

    def _start(self, decision: int, place: int, worst: Spend) -> None:
        one = self._open[decision]
        one.in_flight[place] = worst
        self._reserve(decision)

    def _reserve(self, decision: int) -> None:
        one = self._open[decision]
        self.ledger.reserve(decision, one.purpose, one.planned, one.exposed)

    @property
    def _is_stuck(self) -> bool:
        """Whether every purchase in flight only waits, so that none will settle."""
        if any(one.in_flight for one in self._open.values()):
            return False
        return self.ledger.reserved_for <= {call.decision for call in self._queue}

    @property
    def _is_alone(self) -> bool:
        return len(self.ledger.reserved_for) == 1

    def _give_up(self, decision: int) -> None:
        for call in [call for call in self._queue if call.decision == decision]:
            self._queue.remove(call)
            self._open[decision].waiting -= 1
            call.granted.set_exception(
                UnaffordableError("the budget does not cover its next model call")
            )


def _exceeds(actual: Spend, worst: Spend) -> bool:
    return any((a or 0) > (w or 0) * (1 + 1e-9) for a, w in zip(actual, worst, strict=True))
