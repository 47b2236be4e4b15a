"""What an evaluation costs: log-normal, each candidate shrunk along the lineage.

``log cost ~ N(c_i, σ²)``, a child's ``c_i ~ N(its parents' mean, τ²)``, a root's around the mean of
all: the normal model with known variances, σ² and τ² being estimated by moments as costs arrive.
Agentic tasks measured σ = .86, so one cost alone says little. Where candidates have list prices,
``c_i`` is what costs come to beside these, in which children resemble their parents more. Tasks
that are long for one candidate are long for others: what a task adds to the log cost is learned
from the differences of costs from their candidates' means, shrunk to 0 by how much of their
variance tasks were found to explain (a one-way random effect; Searle, Casella & McCulloch,
"Variance components", 1992, section 3.6).
"""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.standings.table import Floats

PRIOR_WITHIN = 0.74
"""The variance of log cost from task to task expected before costs are known (σ = .86)."""

MOST_WITHIN = 4.0
"""The largest variance of log cost that is believed, lest one odd cost make all costs endless."""

FLOOR = 1e-9
"""Lower costs are taken as this one, in USD."""

SURE = 2.0
"""Deviations of the log cost that make sure."""

PRIOR_BETWEEN = 0.5
"""The variance of a candidate's mean log cost around its parents', before costs are known."""

LISTED_BETWEEN = 0.15
"""The same beside list prices: .02 to .18 on six landscapes."""


class Prices(NamedTuple):
    """What evaluations of candidates are expected to cost, and tasks as shares of the mean."""

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
        # Of every task, in rows: weights of the costs seen, their weighted differences from their
        # candidates' means; the weighted squares of these over all tasks.
        self._tasks = np.zeros((2, tasks))
        self._squares = np.zeros(1)
        # Columns: evaluations, sum of cost, evaluations above 0, sum of log, sum of squared log.
        self._sums = np.zeros((16, 5))
        # Of every candidate, in rows: what is expected by its parents, and its log list price.
        self._prior = np.zeros((2, 16))
        self._total = np.zeros(3)
        self._priced = 0
        self._between: float | None = None
        self._known: tuple[Floats, Floats] | None = None

    def add(self, parents: Sequence[int], listed: float | None = None) -> None:
        """A candidate joins, expected to cost what its parents cost beside their list prices.

        Args:
            parents: Whom it descends from.
            listed: Its list price in USD; either all candidates have one or none.
        """
        if self.size == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._prior = np.concatenate([self._prior, np.zeros_like(self._prior)], axis=1)
        if self._between is None:
            self._between = PRIOR_BETWEEN if listed is None else LISTED_BETWEEN
        self._prior[:, self.size] = self._expect(parents), self._log(listed)
        self.size += 1
        self._known = None

    def least(self, parents: Sequence[int], listed: float | None) -> float:
        """What a child would surely cost, or more; 0 as long as no cost is known.

        Args:
            parents: Whom it would descend from.
            listed: Its list price in USD.
        """
        between, expected = self._spread_between, self._expect(parents)
        if np.isnan(expected):
            expected = self._everyone
        if np.isnan(expected):
            return 0.0
        mean = expected + self._log(listed) + (self._within + between) / 2
        return float(np.exp(mean - SURE * np.sqrt(between)))

    def _expect(self, parents: Sequence[int]) -> float:
        known = [self._centre(parent) for parent in parents]
        return float(np.mean(known)) if known else np.nan

    def _log(self, listed: float | None) -> float:
        """A log list price; 0 where candidates have none, also those of an older snapshot."""
        if listed is None or self._between == PRIOR_BETWEEN:
            return 0.0
        return float(np.log(max(listed, FLOOR)))

    @property
    def _everyone(self) -> float:
        """The mean of all costs beside list prices, NaN as long as none is known."""
        return float(self._total[1] / self._total[0]) if self._total[0] else np.nan

    def tell(self, candidate: int, task: int, usd: float | None) -> None:
        """Takes the cost of one evaluation in; an unknown one stays unknown for the candidate."""
        self._known = None
        # In plain numbers, which single values are quicker in than in arrays.
        times, total, priced, logs, squares = self._sums[candidate].tolist()
        times, total = times + 1.0, total + (np.nan if usd is None else usd)
        if usd is not None and usd > 0:
            log = float(np.log(max(usd, FLOOR)) - self._prior[1, candidate])
            self._tell_task(candidate, task, log)
            told, told_logs, apart = self._total.tolist()
            if priced:
                apart += (log - logs / priced) ** 2 * priced / (priced + 1.0)
            else:
                self._priced += 1
            priced, logs, squares = priced + 1.0, logs + log, squares + log**2
            self._total[:] = told + 1.0, told_logs + log, apart
        self._sums[candidate] = times, total, priced, logs, squares

    def _tell_task(self, candidate: int, task: int, log: float) -> None:
        centre = self._centre(candidate)
        if isnan(centre):
            return
        # The less is known of the candidate, the less its cost tells about the task.
        known = float(self._sums[candidate, 2]) + self._within / self._spread_between
        weight = known / (known + 1.0)
        self._tasks[0, task] += weight
        self._tasks[1, task] += weight * (log - centre)
        self._squares += weight * (log - centre) ** 2

    @property
    def of_tasks(self) -> Floats:
        """What an evaluation on each task costs, as a share of the mean, shape (tasks,)."""
        weights, sums = self._tasks
        total = float(weights.sum())
        if total <= 1.0:
            return np.ones(len(weights))
        met = weights > 0
        between = float((sums[met] ** 2 / weights[met]).sum())
        within = (float(self._squares[0]) - between) / max(total - met.sum(), 1.0)
        # One prior task's worth of "tasks do not differ" keeps the first few from saying much.
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
        """The mean costs that each candidate's is surely between, shape (candidates,) each.

        `SURE` deviations below and above; 0 and infinite as long as no cost is known.
        """
        if not self._total[0]:
            return np.zeros(self.size), np.full(self.size, np.inf)
        expected, deviation = self._modelled
        return expected * np.exp(-SURE * deviation), expected * np.exp(SURE * deviation)

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
        prior = np.where(np.isnan(expected), self._everyone, expected)
        weight = within / self._spread_between
        centre = (rows[:, 3] + weight * prior) / (rows[:, 2] + weight)
        spread = within / (rows[:, 2] + weight)
        # A log-normal's mean; the arithmetic mean takes over as it becomes reliable.
        modelled = np.exp(listed + centre + (within + spread) / 2)
        sure = rows[:, 2] / (rows[:, 2] + 10.0)
        arithmetic = np.fmax(self.observed, 0.0)
        blended = np.where(arithmetic > 0, sure * arithmetic + (1 - sure) * modelled, modelled)
        return blended, np.sqrt(spread)

    @property
    def _spread_between(self) -> float:
        return PRIOR_BETWEEN if self._between is None else self._between

    @property
    def _within(self) -> float:
        told, _, squares = self._total.tolist()
        repeats = max(told - self._priced, 0.0)
        return min((squares + 10 * PRIOR_WITHIN) / (repeats + 10), MOST_WITHIN)

    def _centre(self, candidate: int) -> float:
        count, total = self._sums[candidate, 2:4].tolist()
        weight = self._within / self._spread_between
        prior = float(self._prior[0, candidate])
        if isnan(prior):
            prior = self._everyone
        return float((total + weight * prior) / (count + weight))

    def copy(self) -> "Costs":
        """The same, which stays as it is when more is told."""
        return self.among(np.arange(self.size))

    def among(self, candidates: NDArray[np.int64]) -> "Costs":
        """The costs of some candidates, numbered anew."""
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
        """Becomes what was saved."""
        self.size = len(saved["cost_sums"])
        room = max(16, self.size)
        self._sums, self._prior = np.zeros((room, 5)), np.zeros((2, room))
        self._sums[: self.size] = saved["cost_sums"]
        if "cost_prior" in saved:
            self._prior[:, : self.size] = saved["cost_prior"]
            between = float(saved["cost_between"])
            self._between = None if np.isnan(between) else between
        else:  # snapshots of older versions know no list prices
            self._prior[0, : self.size] = saved["cost_expected"]
            self._between = PRIOR_BETWEEN
        self._total = saved["cost_total"].copy()
        self._tasks, self._squares = saved["cost_tasks"].copy(), saved["cost_squares"].copy()
        self._priced = int(np.count_nonzero(self._sums[:, 2]))
        self._known = None
