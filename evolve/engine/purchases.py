"""The open purchases of a search, and the budget reserved for them."""

from collections.abc import Iterable

from archive.records import Decision
from evolve.budget.affordability import Affordability
from evolve.budget.calls import CallReservations
from evolve.budget.ledger import NOTHING, Spend
from evolve.engine.state import SearchState

Pair = tuple[int, int]
"""A candidate and the column of a task."""


class Purchases:
    """The decisions that are booked and not yet settled.

    Attributes:
        open: The open decisions by number.
        decided: The number of decisions so far, which is the number of the next one.
    """

    def __init__(self, state: SearchState, guard: Affordability, calls: CallReservations) -> None:
        """Starts without a purchase.

        Args:
            state: Holds the ledger.
            guard: Bounds the cost of a purchase.
            calls: Reserves the calls of evaluations one by one.
        """
        self.open: dict[int, Decision] = {}
        self.decided = 0
        self._state = state
        self._guard = guard
        self._calls = calls
        self._pairs: set[Pair] = set()
        self._proposals = 0
        self._probe: int | None = None

    @property
    def pairs(self) -> set[Pair]:
        """The (candidate, column) pairs of open evaluations of the search."""
        return self._pairs

    @property
    def proposals(self) -> int:
        """The number of open proposals."""
        return self._proposals

    @property
    def is_probing(self) -> bool:
        """Whether the open purchase was affordable only alone, so that no other may start."""
        return self._probe in self.open

    def book_if_affordable(self, decision: Decision) -> bool:
        """Books a purchase that fits beside the open ones even if models overrun their limits.

        A purchase that fits only if models keep their limits is booked alone, as a probe of
        whether they do.
        """
        if self._is_by_call(decision):
            fits = self._fits_by_call(decision)
        else:
            fits = self._fits_whole(decision)
        if fits:
            self.book(decision)
        return fits

    def _fits_by_call(self, decision: Decision) -> bool:
        """Whether the expected cost of an evaluation and one more call fit."""
        assert decision.candidate is not None
        guard, ledger, last = self._guard, self._state.ledger, decision.purpose == "confirm"
        needed = guard.expected(decision.candidate).plus(guard.last_call(decision.candidate))
        aside = NOTHING if last else guard.cautious_reserve
        if ledger.fits(needed, set_aside=aside, last=last):
            return True
        return not self.open and ledger.fits(self._bound(decision), last=last)

    def _fits_whole(self, decision: Decision) -> bool:
        ledger, last = self._state.ledger, decision.purpose == "confirm"
        aside = NOTHING if last else self._guard.cautious_reserve
        if ledger.fits(self._bound(decision, cautious=True), set_aside=aside):
            return True
        if self.open or not ledger.fits(self._bound(decision), last=last):
            return False
        self._probe = decision.number
        return True

    def _is_by_call(self, decision: Decision) -> bool:
        """Whether only the expected cost is reserved, because the length of replies is known."""
        candidate, worst = decision.candidate, self._guard.worst
        if candidate is None or not self._guard.by_call:
            return False
        return worst.trusted or worst.cautious[candidate] == worst[candidate]

    def book(self, decision: Decision) -> None:
        """Reserves the cost of a purchase and counts it as open."""
        self._reserve(decision)
        self.open[decision.number] = decision
        self._pairs.update(self._pair(decision))
        self._proposals += decision.purpose == "propose"

    def close(self, decision: Decision) -> None:
        """Removes a purchase from the open ones; its result settles the reservation."""
        del self.open[decision.number]
        self._calls.close(decision.number)
        self._pairs.difference_update(self._pair(decision))
        self._proposals -= decision.purpose == "propose"

    def revise(self) -> None:
        """Renews the reservations of all open purchases after their bounds changed."""
        for decision in self.open.values():
            if not self._calls.covers(decision.number):
                self._reserve(decision)

    def refresh(self) -> None:
        """Expects of all open evaluations what is known now, as a resumed search does."""
        if not self._guard.by_call:
            return
        by_call = [each for each in self.open.values() if self._is_by_call(each)]
        expected = self._guard.expected_of({each.candidate for each in by_call})
        for decision in by_call:
            self._calls.expect(decision.number, expected[decision.candidate])

    def _reserve(self, decision: Decision) -> None:
        planned = self._bound(decision, cautious=decision.number != self._probe)
        if self._guard.by_call and decision.candidate is not None:
            if self._is_by_call(decision):
                planned = self._guard.expected(decision.candidate)
            self._calls.open(decision.number, decision.purpose, planned)
        else:
            self._state.ledger.reserve(decision.number, decision.purpose, planned)

    def _bound(self, decision: Decision, *, cautious: bool = False) -> Spend:
        worst = self._guard.worst
        if decision.candidate is None:
            return worst.proposal(cautious=cautious)
        return worst.cautious[decision.candidate] if cautious else worst[decision.candidate]

    def _pair(self, decision: Decision) -> Iterable[Pair]:
        if decision.purpose == "search" and decision.candidate is not None:
            assert decision.task is not None
            yield decision.candidate, self._state.tasks.column[decision.task]
