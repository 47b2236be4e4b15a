"""The cost guard: which candidates can be evaluated within the caps, beside what is set aside."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evolve.budget.confirmation_time import seconds_of, seconds_to_end
from evolve.budget.facts import TimedSearch
from evolve.budget.ledger import NOTHING, Spend
from evolve.budget.reserve import (
    CALLS,
    EVALUATIONS,
    UPPER,
    USD,
    ConfirmationReserve,
    Limits,
    Numbers,
    Reserve,
    bounds,
)
from evolve.budget.worst_case import WorstCases
from evolve.standings.objective import Objective
from evolve.standings.table import Floats
from search_spaces.config import SystemConfig

UNKNOWN = 0.25
"""The share of its worst case that an evaluation is expected to cost before any has a result."""


class Affordability:
    """Compares purchases with the remaining budget, and sets the confirmation reserve aside.

    An evaluation needs its worst case; where calls are reserved one by one, it needs its expected
    cost and the worst case of a call.
    """

    def __init__(
        self,
        search: TimedSearch,
        worst: WorstCases,
        objective: Objective,
        sealed: int,
        slots: int | None = None,
        *,
        controls: bool = False,
    ) -> None:
        """Sets nothing aside yet.

        Args:
            search: The candidates and their spend; its ledger keeps the reserve.
            worst: The worst cases of purchases.
            objective: The objective by which the winner is chosen.
            sealed: The number of sealed tasks that the winner is tested on.
            slots: Evaluations at once, where calls are reserved one by one; else None.
            controls: Whether the winner is compared with controls, too.
        """
        self.worst = worst
        self.sealed = sealed
        self.by_call = slots is not None
        self._slots = slots or 1
        self._search = search
        self._confirmation = ConfirmationReserve(search, objective, sealed, controls=controls)
        self._reserve: Reserve | None = None
        self._contenders: Numbers = np.zeros(0, dtype=np.int64)

    def affordable(self) -> NDArray[np.bool_]:
        """The candidates whose evaluation fits when nothing is in flight, shape (candidates,)."""
        fits: NDArray[np.bool_] = np.all(self._needs() <= self._search.ledger.room, axis=1)
        return fits

    @property
    def exhausted(self) -> bool:
        """Whether a contender has tasks left that the budget no longer covers."""
        return not self.affordable()[self._unsettled].all()

    def at_once(self, candidates: NDArray[np.bool_]) -> float:
        """The most evaluations of some candidates that fit beside those in flight."""
        if not candidates.any():
            return 0.0
        ledger = self._search.ledger
        cheapest: list[float] = self._needs()[candidates].min(axis=0).tolist()
        amounts = zip(ledger.room, ledger.reserved, cheapest, strict=True)
        return max(0.0, min((room - (taken or 0)) / each for room, taken, each in amounts if each))

    def expected(self, candidate: int) -> Spend:
        """The expected cost of an evaluation: an upper quantile, at most its worst case.

        It is the upper bound of the mean cost of as many evaluations as are in flight together.
        """
        usd, *counts = self._expected(np.array([candidate]))[0].tolist()
        known = Spend(usd, *map(round, counts))
        return known.smallest(self.worst[candidate])

    def expected_of(self, candidates: Iterable[int | None]) -> dict[int | None, Spend]:
        """The expected cost of an evaluation of each of some candidates."""
        return {each: self.expected(each) for each in candidates if each is not None}

    def last_call(self, candidate: int) -> Spend:
        """The mean worst case of a call of a candidate."""
        usd, _, *counts = self._last_calls()[candidate].tolist()
        return Spend(usd, 0, *map(round, counts))

    def need_of(self, config: SystemConfig) -> Spend:
        """The need of an evaluation of a new configuration when nothing else is in flight."""
        worst = self.worst.of(config)
        if not self.by_call:
            return worst
        row = np.array([[amount or 0 for amount in worst]], dtype=np.float64)
        used = np.vstack([self._search.consumption.used.rows, np.zeros_like(row)])
        rows = np.vstack([self.worst.rows, row])
        expected = _expected(used, rows, np.array([len(used) - 1]), self._slots)
        usd, *counts = (expected + _last_calls(row))[0].tolist()
        return Spend(usd, *map(round, counts)).smallest(worst)

    def set_aside(self) -> None:
        """Sets aside the largest reserve that leaves something to buy, or else the smallest."""
        ledger = self._search.ledger
        for step, reserve in enumerate(self._confirmation.steps(self._limits)):
            if not step:
                self._contenders = reserve.contenders
            self._reserve = reserve
            ledger.set_aside, ledger.for_controls = reserve.amount, reserve.controls
            if self._can_buy():
                break

    @property
    def cautious_reserve(self) -> Spend:
        """The reserve beside several purchases, before every seed has a result."""
        if self._reserve is None or self.worst.trusted:
            return self._search.ledger.set_aside
        return self._reserve.cautious

    def can_confirm(self, candidate: int, *, beside: int, at: float = 0.0) -> bool:
        """Whether the remaining budget covers testing this candidate beside that seed.

        Args:
            candidate: The candidate.
            beside: The seed.
            at: The time on the run's clock.
        """
        most = self._search.ledger.budget.seconds
        if most and at + max(map(self.seconds_of, (candidate, beside))) >= most:
            return False
        takes = self._confirmation.of_pair(candidate, beside, self._limits)
        # The allowance for unanswered calls is part of it.
        return self._search.ledger.fits(NOTHING, set_aside=takes, last=True)

    def can_test(self, control: int, *, like: int) -> bool:
        """Whether the remaining budget covers testing a control.

        Args:
            control: The control.
            like: The candidate that it was made from, or itself.
        """
        takes = self._confirmation.of_control(control, like, self._limits)
        return self._search.ledger.fits(NOTHING, set_aside=takes, last=True)

    def controls_of(self, winner: int) -> int:
        """The number of controls that a winner is expected to be compared with."""
        return self._confirmation.controls_of(winner)

    def seconds_to_end(self, slots: int) -> float:
        """The time for purchases in flight and then the confirmation, at the pace so far."""
        if self._reserve is None:
            return 0.0
        return seconds_to_end(self._search, self._reserve, self.sealed, slots)

    def seconds_of(self, candidate: int) -> float:
        """An upper quantile of the seconds that an evaluation of a candidate takes."""
        return seconds_of(self._search, candidate)

    def _can_buy(self) -> bool:
        """Whether a contender with tasks left can be evaluated; without such, any candidate.

        Where calls are reserved one by one and models are trusted, that is beside the purchases in
        flight: slots do not idle because of a cautious reserve.
        """
        ledger, needs = self._search.ledger, self._needs()
        room = np.array(ledger.room)
        if self.by_call and self.worst.trusted:
            room -= [amount or 0 for amount in ledger.reserved]
        if (needs.max(axis=0) <= room).all():
            return True
        able, left = np.all(needs <= room, axis=1), self._unsettled
        return bool(able[left].any() if len(left) else able.any())

    @property
    def _unsettled(self) -> Numbers:
        """The contenders that have tasks left."""
        standings = self._search.standings
        return self._contenders[standings.evaluations[self._contenders] < standings.tasks]

    @property
    def _limits(self) -> Limits:
        rows = self.worst.rows
        return Limits(rows, self._last_calls() if self.by_call else rows)

    def _needs(self) -> Floats:
        """The need of an evaluation of each candidate, shape (candidates, quantities)."""
        rows = self.worst.rows
        if not self.by_call:
            return rows
        needs: Floats = np.fmin(self._expected(np.arange(len(rows))) + self._last_calls(), rows)
        return needs

    def _last_calls(self) -> Floats:
        return _last_calls(self.worst.rows)

    def _expected(self, candidates: Numbers) -> Floats:
        return _expected(
            self._search.consumption.used.rows, self.worst.rows, candidates, self._slots
        )


def _last_calls(worst: Floats) -> Floats:
    """The mean worst case of a call, by the worst cases of evaluations."""
    calls: Floats = np.ceil(worst / np.maximum(worst[:, [CALLS]], 1))
    calls[:, USD] = worst[:, USD] / np.maximum(worst[:, CALLS], 1)
    calls[:, EVALUATIONS] = 0
    return calls


def _expected(used: Floats, worst: Floats, candidates: Numbers, slots: int) -> Floats:
    """The expected costs of evaluations; before any result, a share of their worst cases."""
    if used[:, EVALUATIONS].any():
        return bounds(used, worst, candidates, slots, UPPER)
    worst = worst[candidates]
    unknown: Floats = np.ceil(UNKNOWN * worst)
    unknown[:, USD] = UNKNOWN * worst[:, USD]
    unknown[:, EVALUATIONS : CALLS + 1] = worst[:, EVALUATIONS : CALLS + 1]
    return unknown
