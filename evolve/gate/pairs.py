"""The pairs of a comparison: which are settled, and how many more may be bought at present.

Results arrive in any order, and slow answers are often wrong ones. So a difference counts only once
those of all tasks before it in the random order are known or given up.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from archive.records import Rollout, Usage
from evolve.engine.state import SearchState
from evolve.gate.sequential_test import SequentialTest
from evolve.gate.verdict import Terms, Verdict
from evolve.tasks.base import Task

OLD, NEW = 0, 1
"""The numbers of the candidates."""

AHEAD = 0.125
LEAST_AHEAD = 5
"""How many tasks are in flight beyond the compared ones: a share of these, and at least a few."""


class Pairs:
    """The tasks of a comparison in random order, and the test of their differences.

    Attributes:
        order: The tasks.
        population: The number of tasks, if the verdict is about these alone.
        compared: The numbers of the compared tasks.
        differences: Their paired differences, new minus old.
        unscored: The number of tasks that were left out because an answer has no score.
        is_over: Whether the test ended by its own rule.
    """

    def __init__(self, state: SearchState, order: Sequence[Task], terms: Terms) -> None:
        """Starts before the first task.

        Args:
            state: Holds the results, and the ledger.
            order: The tasks in random order.
            terms: The terms of the comparison.
        """
        self.order = order
        self.population = len(order) if terms.about == "these-tasks" else None
        self.compared: list[int] = []
        self.differences: list[float] = []
        self.unscored = 0
        self.is_over = False
        self._state = state
        self._terms = terms
        self._test = SequentialTest(terms, self.population)

    @property
    def verdict(self) -> Verdict:
        """What the differences so far support."""
        return self._test.claims.verdict()

    @property
    def suffices(self) -> bool:
        """Whether the new system is not worse, and that is all that was asked."""
        return self._terms.stop_at == "not-worse" and bool(self._test.claims.not_worse)

    @property
    def e_value(self) -> float:
        """The evidence against "the new system is no better"."""
        log = float(self._test.evidence.log)
        return math.exp(log) if log < 700 else math.inf

    @property
    def p_value(self) -> float:
        """The p-value of that hypothesis, valid at every stopping time."""
        return math.exp(-float(self._test.evidence.log_most))

    @property
    def all_seen(self) -> bool:
        """Whether every task was compared or left out."""
        return self._seen == len(self.order)

    def limit(self) -> int:
        """How many evaluations, from the first, may be bought at present; 0 once it is over."""
        self.update()
        if self.is_over:
            return 0
        return 2 * bought_by(self._seen, len(self.order))

    def update(self) -> None:
        """Observes the differences that became known."""
        while self._seen < len(self.order):
            number = self.order[self._seen].number
            if any(self._state.unscored.is_abandoned(side, number) for side in (OLD, NEW)):
                self.unscored += 1
                continue
            old = self._state.confirmed.get((OLD, number))
            new = self._state.confirmed.get((NEW, number))
            if old is None or new is None:
                return
            self._observe(number, new.score.value - old.score.value)

    @property
    def _seen(self) -> int:
        """The number of tasks that were compared or left out."""
        return len(self.compared) + self.unscored

    def _observe(self, number: int, difference: float) -> None:
        self.compared.append(number)
        self.differences.append(difference)
        self._test.observe(np.asarray(difference))
        # Results of tasks in flight when the test ended are compared too: no claim is lost by it.
        self.is_over = self.is_over or bool(self._test.is_over(self._further()))

    def _further(self) -> int:
        """How many more tasks the split and the caps allow, at the mean cost of those so far.

        At least 1 until the last task: only the engine knows whether the budget covers another one.
        """
        ledger, most = self._state.ledger, len(self.order)
        pairs = ledger.settled.evaluations / 2
        for used, cap in zip(ledger.settled, ledger.caps, strict=True):
            if used and math.isfinite(cap):
                most = min(most, int(cap / (used / pairs)))
        return 0 if self.all_seen else max(1, most - self._seen)


def bought_by(seen: int, most: int) -> int:
    """How many tasks may have been bought when so many were seen.

    Args:
        seen: Tasks that were compared or left out.
        most: Tasks that there are.
    """
    return min(most, seen + max(LEAST_AHEAD, int(AHEAD * seen)))


def spent_on(rollouts: Iterable[Rollout]) -> Usage:
    """The usage of evaluations, with the calls of their judges."""
    return Usage.total(
        usage
        for rollout in rollouts
        for usage in (rollout.trace.usage, *(step.usage for step in rollout.score.steps))
    )
