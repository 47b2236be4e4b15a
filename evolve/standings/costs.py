"""The cost of an evaluation: a log-normal model, each candidate shrunk towards its parents.

``log cost ~ N(c_i, σ²)``, a child's ``c_i ~ N(its parents' mean, τ²)``, a root's around the mean of
all: the normal model with known variances, σ² and τ² being estimated by moments as costs arrive.
On agentic tasks σ = .86 was measured, so a single cost is weak evidence. Where candidates have list
prices, ``c_i`` is the log ratio to these, in which children resemble their parents more. Tasks that
are long for one candidate are long for others: a task's effect on the log cost is estimated from
the differences of costs from their candidates' means, and shrunk to 0 by the share of their
variance that tasks explain (a one-way random effect; Searle, Casella & McCulloch, "Variance
components", 1992, section 3.6).
"""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.standings.table import Floats

PRIOR_WITHIN = 0.74
"""The prior variance of log cost from task to task (σ = .86)."""

MOST_WITHIN = 4.0
"""The largest estimate of this variance, so that one outlier does not dominate all costs."""

FLOOR = 1e-9
"""Lower costs count as this one, in any unit."""

BOUND_DEVIATIONS = 2.0
"""Standard deviations of the log cost between the mean and a bound."""

PRIOR_BETWEEN = 0.5
"""The prior variance of a candidate's mean log cost around its parents'."""

LISTED_BETWEEN = 0.15
"""The same for ratios to list prices: .02 to .18 on six landscapes."""


class Prices(NamedTuple):
    """Expected costs of evaluations by candidate, and relative costs by task."""

    candidates: Floats
    tasks: Floats


class Costs:
    """The posterior of every candidate's cost per evaluation."""

    def __init__(self, tasks: int) -> None:
        """Starts without candidates.

        Args:
            tasks: How many tasks there are.
        """
        self.size = 0
        # By task, in rows: the weights of its costs, and the weighted sum of their differences
        # from their candidates' means; then the weighted sum of squares over all tasks.
        self._tasks = np.zeros((2, tasks))
        self._squares = np.zeros(1)
        # Columns: evaluations, sum of cost, evaluations above 0, sum of log, sum of squared log.
        self._sums = np.zeros((16, 5))
        # By candidate, in rows: the mean expected from its parents, and its log list price.
        self._prior = np.zeros((2, 16))
        self._total = np.zeros(3)
        self._priced = 0
        self._between: float | None = None
        self._known: tuple[Floats, Floats] | None = None

    def add(self, parents: Sequence[int], listed: float | None = None) -> None:
        """Adds a candidate, expected to have its parents' ratio of cost to list price.

        Args:
            parents: The numbers of its parents.
            listed: Its list price in the run's unit; either all candidates have one or none.
        """
        if self.size == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._prior = np.concatenate([self._prior, np.zeros_like(self._prior)], axis=1)
        if self._between is None:
            self._between = PRIOR_BETWEEN if listed is None else LISTED_BETWEEN
        self._prior[:, self.size] = self._expect(parents), self._log(listed)
        self.size += 1
        self._known = None

    def lower_bound(self, parents: Sequence[int], listed: float | None) -> float:
        """A lower bound of what a child would cost; 0 as long as no cost is known.

        Args:
            parents: The numbers of its parents.
            listed: Its list price in the run's unit.
        """
        between, expected = self._spread_between, self._expect(parents)
        if np.isnan(expected):
            expected = self._overall
        if np.isnan(expected):
            return 0.0
        mean = expected + self._log(listed) + (self._within + between) / 2
        return float(np.exp(mean - BOUND_DEVIATIONS * np.sqrt(between)))

    def _expect(self, parents: Sequence[int]) -> float:
        known = [self._centre(parent) for parent in parents]
        return float(np.mean(known)) if known else np.nan

    def _log(self, listed: float | None) -> float:
        """A log list price; 0 if candidates have none."""
        if listed is None or self._between == PRIOR_BETWEEN:
            return 0.0
        return float(np.log(max(listed, FLOOR)))

    @property
    def _overall(self) -> float:
        """The mean log cost, relative to list prices; NaN as long as none is known."""
        return float(self._total[1] / self._total[0]) if self._total[0] else np.nan

    def observe(self, candidate: int, task: int, cost: float | None) -> None:
        """Adds the cost of one evaluation; an unknown one leaves the candidate's mean unknown."""
        self._known = None
        # Plain numbers are faster here than single elements of arrays.
        times, total, priced, logs, squares = self._sums[candidate].tolist()
        times, total = times + 1.0, total + (np.nan if cost is None else cost)
        if cost is not None and cost > 0:
            log = float(np.log(max(cost, FLOOR)) - self._prior[1, candidate])
            self._observe_task(candidate, task, log)
            number, all_logs, deviations = self._total.tolist()
            if priced:
                deviations += (log - logs / priced) ** 2 * priced / (priced + 1.0)
            else:
                self._priced += 1
            priced, logs, squares = priced + 1.0, logs + log, squares + log**2
            self._total[:] = number + 1.0, all_logs + log, deviations
        self._sums[candidate] = times, total, priced, logs, squares

    def _observe_task(self, candidate: int, task: int, log: float) -> None:
        centre = self._centre(candidate)
        if isnan(centre):
            return
        # A cost is weaker evidence about the task while the candidate's mean is uncertain.
        known = float(self._sums[candidate, 2]) + self._within / self._spread_between
        weight = known / (known + 1.0)
        self._tasks[0, task] += weight
        self._tasks[1, task] += weight * (log - centre)
        self._squares += weight * (log - centre) ** 2

    @property
    def of_tasks(self) -> Floats:
        """The cost of an evaluation on each task relative to the mean task, shape (tasks,)."""
        weights, sums = self._tasks
        total = float(weights.sum())
        if total <= 1.0:
            return np.ones(len(weights))
        met = weights > 0
        between = float((sums[met] ** 2 / weights[met]).sum())
        within = (float(self._squares[0]) - between) / max(total - met.sum(), 1.0)
        # One pseudo-task without an effect damps the estimate from the first few tasks.
        explained = (between - met.sum() * within) / (total - (weights**2).sum() / total + 1.0)
        if explained <= 0.0:
            return np.ones(len(weights))
        factors: Floats = np.exp(sums / (weights + max(within, 1e-9) / explained))
        return factors

    @property
    def observed(self) -> Floats:
        """The mean cost of an evaluation, NaN where none is known, shape (candidates,)."""
        rows = self._sums[: self.size]
        out = np.full(self.size, np.nan)
        means: Floats = np.divide(rows[:, 1], rows[:, 0], out=out, where=rows[:, 0] > 0)
        return means

    @property
    def expected(self) -> Floats:
        """The posterior mean of each candidate's cost per evaluation, shape (candidates,).

        All 1 as long as no cost is known: then all candidates cost the same.
        """
        return self._modelled[0]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds of each candidate's mean cost, shape (candidates,) each.

        `BOUND_DEVIATIONS` deviations below and above; 0 and infinite as long as no cost is known.
        """
        if not self._total[0]:
            return np.zeros(self.size), np.full(self.size, np.inf)
        expected, deviation = self._modelled
        return expected * np.exp(-BOUND_DEVIATIONS * deviation), expected * np.exp(
            BOUND_DEVIATIONS * deviation
        )

    @property
    def _modelled(self) -> tuple[Floats, Floats]:
        """The mean cost of each candidate, and the deviation of its logarithm."""
        if self._known is None:
            self._known = self._model()
        return self._known

    def _model(self) -> tuple[Floats, Floats]:
        if not self._total[0]:
            return np.ones(self.size), np.zeros(self.size)
        rows, within = self._sums[: self.size], self._within
        expected, listed = self._prior[:, : self.size]
        prior = np.where(np.isnan(expected), self._overall, expected)
        weight = within / self._spread_between
        centre = (rows[:, 3] + weight * prior) / (rows[:, 2] + weight)
        spread = within / (rows[:, 2] + weight)
        # A log-normal's mean; the arithmetic mean takes over as it becomes reliable.
        modelled = np.exp(listed + centre + (within + spread) / 2)
        reliability = rows[:, 2] / (rows[:, 2] + 10.0)
        arithmetic = np.fmax(self.observed, 0.0)
        blended = np.where(
            arithmetic > 0, reliability * arithmetic + (1 - reliability) * modelled, modelled
        )
        return blended, np.sqrt(spread)

    @property
    def _spread_between(self) -> float:
        return PRIOR_BETWEEN if self._between is None else self._between

    @property
    def _within(self) -> float:
        number, _, squares = self._total.tolist()
        repeats = max(number - self._priced, 0.0)
        return min((squares + 10 * PRIOR_WITHIN) / (repeats + 10), MOST_WITHIN)

    def _centre(self, candidate: int) -> float:
        count, total = self._sums[candidate, 2:4].tolist()
        weight = self._within / self._spread_between
        prior = float(self._prior[0, candidate])
        if isnan(prior):
            prior = self._overall
        return float((total + weight * prior) / (count + weight))

    def copy(self) -> "Costs":
        """A copy that further observations do not change."""
        return self.among(np.arange(self.size))

    def among(self, candidates: NDArray[np.int64]) -> "Costs":
        """The costs of some candidates, renumbered."""
        some = Costs(self._tasks.shape[1])
        saved = self.save()
        saved["cost_sums"] = saved["cost_sums"][candidates]
        saved["cost_prior"] = saved["cost_prior"][:, candidates]
        some.load(saved)
        return some

    def save(self) -> dict[str, Floats]:
        """Everything, by name."""
        return {
            "cost_sums": self._sums[: self.size],
            "cost_prior": self._prior[:, : self.size],
            "cost_between": np.array(np.nan if self._between is None else self._between),
            "cost_total": self._total,
            "cost_tasks": self._tasks,
            "cost_squares": self._squares,
        }

    def load(self, saved: Mapping[str, Floats]) -> None:
        """Restores what `save` returned."""
        self.size = len(saved["cost_sums"])
        room = max(16, self.size)
        self._sums, self._prior = np.zeros((room, 5)), np.zeros((2, room))
        self._sums[: self.size] = saved["cost_sums"]
        self._prior[:, : self.size] = saved["cost_prior"]
        between = float(saved["cost_between"])
        self._between = None if np.isnan(between) else between
        self._total = saved["cost_total"].copy()
        self._tasks, self._squares = saved["cost_tasks"].copy(), saved["cost_squares"].copy()
        self._priced = int(np.count_nonzero(self._sums[:, 2]))
        self._known = None
