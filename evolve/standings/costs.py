"""What an evaluation costs: log-normal, each candidate shrunk along the lineage.

``log cost ~ N(c_i, σ²)``, a child's ``c_i ~ N(its parents' mean, τ²)``, a root's around the mean of
all: the normal model with known variances, σ² and τ² being estimated by moments as costs arrive.
Agentic tasks measured σ = .86, so one cost alone says little. Tasks that are long for one candidate
are long for others: what a task adds to the log cost is learned from the differences of costs from
their candidates' means, shrunk to 0 by how much of their variance tasks were found to explain (a
one-way random effect; Searle, Casella & McCulloch, "Variance components", 1992, section 3.6).
"""

from collections.abc import Mapping, Sequence
from math import isnan, nan
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
        self._expected = np.zeros(16)
        self._total = np.zeros(3)
        self._priced = 0
        self._known: tuple[Floats, Floats] | None = None

    def add(self, parents: Sequence[int]) -> None:
        """A candidate joins, expected to cost what its parents cost."""
        if self.size == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._expected = np.concatenate([self._expected, np.zeros_like(self._expected)])
        known = [self._centre(parent) for parent in parents]
        self._expected[self.size] = float(np.mean(known)) if known else np.nan
        self.size += 1
        self._known = None

    def tell(self, candidate: int, task: int, usd: float | None) -> None:
        """Takes the cost of one evaluation in; an unknown one stays unknown for the candidate."""
        self._known = None
        row = self._sums[candidate]
        row[0] += 1
        row[1] += np.nan if usd is None else usd
        if usd is not None and usd > 0:
            log = float(np.log(max(usd, FLOOR)))
            self._tell_task(candidate, task, log)
            if row[2]:
                apart = log - row[3] / row[2]
                self._total[2] += apart**2 * row[2] / (row[2] + 1)
            else:
                self._priced += 1
            row[2:] += (1, log, log**2)
            self._total[:2] += (1, log)

    def _tell_task(self, candidate: int, task: int, log: float) -> None:
        centre = self._centre(candidate)
        if isnan(centre):
            return
        # The less is known of the candidate, the less its cost tells about the task.
        known = float(self._sums[candidate, 2]) + self._within / PRIOR_BETWEEN
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
        everyone = self._total[1] / self._total[0]
        prior = np.where(
            np.isnan(self._expected[: self.size]), everyone, self._expected[: self.size]
        )
        weight = within / PRIOR_BETWEEN
        centre = (rows[:, 3] + weight * prior) / (rows[:, 2] + weight)
        spread = within / (rows[:, 2] + weight)
        # A log-normal's mean; the arithmetic mean takes over as it becomes reliable.
        modelled = np.exp(centre + (within + spread) / 2)
        sure = rows[:, 2] / (rows[:, 2] + 10.0)
        arithmetic = np.fmax(self.observed, 0.0)
        blended = np.where(arithmetic > 0, sure * arithmetic + (1 - sure) * modelled, modelled)
        return blended, np.sqrt(spread)

    @property
    def _within(self) -> float:
        told, _, squares = self._total.tolist()
        repeats = max(told - self._priced, 0.0)
        return min((squares + 10 * PRIOR_WITHIN) / (repeats + 10), MOST_WITHIN)

    def _centre(self, candidate: int) -> float:
        count, total = self._sums[candidate, 2:4].tolist()
        weight = self._within / PRIOR_BETWEEN
        prior = float(self._expected[candidate])
        if isnan(prior):
            told, sum_of_all, _ = self._total.tolist()
            prior = sum_of_all / told if told else nan
        return float((total + weight * prior) / (count + weight))

    def among(self, candidates: NDArray[np.int64]) -> "Costs":
        """The costs of some candidates, numbered anew."""
        some = Costs(self._tasks.shape[1])
        saved = self.save()
        for name in ("cost_sums", "cost_expected"):
            saved[name] = saved[name][candidates]
        some.load(saved)
        return some

    def save(self) -> dict[str, Floats]:
        """Everything, by name."""
        return {
            "cost_sums": self._sums[: self.size],
            "cost_expected": self._expected[: self.size],
            "cost_total": self._total,
            "cost_tasks": self._tasks,
            "cost_squares": self._squares,
        }

    def load(self, saved: Mapping[str, Floats]) -> None:
        """Becomes what was saved."""
        self.size = len(saved["cost_sums"])
        room = max(16, self.size)
        self._sums, self._expected = np.zeros((room, 5)), np.zeros(room)
        self._sums[: self.size] = saved["cost_sums"]
        self._expected[: self.size] = saved["cost_expected"]
        self._total = saved["cost_total"].copy()
        self._tasks, self._squares = saved["cost_tasks"].copy(), saved["cost_squares"].copy()
        self._priced = int(np.count_nonzero(self._sums[:, 2]))
        self._known = None
