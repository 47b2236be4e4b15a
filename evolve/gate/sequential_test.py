"""The sequential paired test: which verdict the differences so far support, and when to stop.

All three claims are read from one two-sided confidence sequence of the mean difference, which holds
at every stopping time. So every rule of stopping is valid, and over the whole test the probability
of a false `better` is at most 2.5 %, and so is that of a false `worse`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.evidence.confidence_sequence import TOLERANCE, Capital, Floats, threshold
from evolve.gate.verdict import Terms, Verdict

Flags = NDArray[np.bool_]

FEWEST = 20
"""Differences before the test may stop because further ones are unlikely to matter."""

EVERY = 20
"""Projections are made whenever about this part of the differences is new: a twentieth."""

DEVIATIONS = 1.282
"""The quantile of projections: with 10 % probability at most, further tasks change the verdict."""


class Claims(NamedTuple):
    """Which claims hold, for each sequence."""

    better: Flags
    not_worse: Flags
    worse: Flags

    def verdict(self, place: tuple[int, ...] = ()) -> Verdict:
        """The strongest claim that holds for one sequence."""
        if self.better[place]:
            return Verdict.BETTER
        if self.worse[place]:
            return Verdict.WORSE
        return Verdict.NOT_WORSE if self.not_worse[place] else Verdict.UNDECIDED


class SequentialTest:
    """A test of paired differences, observed one by one.

    It may run several independent comparisons, one for each place of an array.
    """

    def __init__(
        self, terms: Terms, population: int | None = None, shape: tuple[int, ...] = ()
    ) -> None:
        """Starts without differences.

        Args:
            terms: The margin and what the verdict is about.
            population: The number of tasks, if the verdict is about these alone.
            shape: The shape of the comparisons.
        """
        self.number = 0
        self._terms = terms
        self._population = population
        self._needed = threshold()
        middle, tolerated = 0.5, 0.5 - terms.margin / 2.0
        # Where all tasks are observed, a difference of exactly minus the margin is not worse.
        bounds = {"better": middle, "not_worse": tolerated - 2 * TOLERANCE, "worse": 1 - tolerated}
        self._capitals = {name: Capital(mean, population, shape) for name, mean in bounds.items()}
        self._sum = np.zeros(shape)
        self._squares = np.zeros(shape)

    def observe(self, differences: Floats) -> None:
        """Adds the next difference of each comparison, new minus old, from -1 to 1."""
        values = (differences + 1.0) / 2.0
        self._capitals["better"].observe(values)
        self._capitals["not_worse"].observe(values)
        self._capitals["worse"].observe(1.0 - values)
        self._sum = self._sum + differences
        self._squares = self._squares + differences**2
        self.number += 1

    @property
    def claims(self) -> Claims:
        """Which claims hold now; once one holds, it holds to the end."""
        return Claims(
            **{name: each.log_most >= self._needed for name, each in self._capitals.items()}
        )

    @property
    def evidence(self) -> Capital:
        """The capital of bets that the new system is better; an e-value at every time."""
        return self._capitals["better"]

    def is_over(self, further: int) -> Flags:
        """Whether each comparison may end.

        It ends as soon as the new system is shown to be better or worse; or not worse, where that
        suffices. Otherwise it ends if the tasks that can still be compared are unlikely to change
        the verdict.

        Args:
            further: How many more tasks can be compared at most.
        """
        better, not_worse, worse = self.claims
        over = better | worse
        if self._terms.stop_at == "not-worse":
            over = over | not_worse
        if further <= 0:
            return np.ones_like(over)
        if self.number < FEWEST or self.number % max(1, self.number // EVERY):
            return over
        to_better = self._may_hold("better", further)
        to_any = to_better | self._may_hold("worse", further) | self._may_hold("not_worse", further)
        return over | np.where(not_worse, ~to_better, ~to_any)

    def _may_hold(self, claim: str, further: int) -> Flags:
        """Whether a claim holds after further tasks, by an optimistic projection."""
        if self._population is not None and self.number + further >= self._population:
            return self._may_end_in(claim, further)
        flags: Flags = self._capitals[claim].projected(further, DEVIATIONS) >= self._needed
        return flags

    def _may_end_in(self, claim: str, further: int) -> Flags:
        """The same where all tasks will be compared, so that the mean is known in the end."""
        if claim != "better":
            return np.ones_like(self._sum, dtype=np.bool_)
        mean = self._sum / self.number
        variance = np.maximum(0.0, (self._squares + 2.0) / self.number - mean**2)
        spread = np.sqrt(variance * (further + further**2 / self.number))
        flags: Flags = self._sum + further * mean + DEVIATIONS * spread > 0.0
        return flags
