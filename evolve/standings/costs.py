"""What an evaluation of each candidate costs: log-normal, shrunk along the lineage.

``log cost ~ N(c_i, σ²)``, a child's ``c_i ~ N(its parents' mean, τ²)``, a root's around the mean of
all: the normal model with known variances, σ² and τ² being estimated by moments as costs arrive.
Agentic tasks measured σ = .86, so one cost alone says little.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from evolve.standings.table import Floats

PRIOR_WITHIN = 0.74
"""The variance of log cost from task to task expected before costs are known (σ = .86)."""

MOST_WITHIN = 4.0
"""The largest variance of log cost that is believed, lest one odd cost make all costs endless."""

FLOOR = 1e-9
"""Lower costs are taken as this one, in USD."""

PRIOR_BETWEEN = 0.5
"""The variance of a candidate's mean log cost around its parents', before costs are known."""


class Costs:
    """The posterior of every candidate's cost per evaluation."""

    def __init__(self) -> None:
        """Starts without candidates."""
        self.size = 0
        # Columns: evaluations, sum of cost, evaluations above 0, sum of log, sum of squared log.
        self._sums = np.zeros((16, 5))
        self._expected = np.zeros(16)
        self._total = np.zeros(3)

    def add(self, parents: Sequence[int]) -> None:
        """A candidate joins, expected to cost what its parents cost."""
        if self.size == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._expected = np.concatenate([self._expected, np.zeros_like(self._expected)])
        known = [self._centre(parent) for parent in parents]
        self._expected[self.size] = float(np.mean(known)) if known else np.nan
        self.size += 1

    def tell(self, candidate: int, usd: float | None) -> None:
        """Takes the cost of one evaluation in; an unknown one stays unknown for the candidate."""
        row = self._sums[candidate]
        row[0] += 1
        row[1] += np.nan if usd is None else usd
        if usd is not None and usd > 0:
            log = float(np.log(max(usd, FLOOR)))
            if row[2]:
                apart = log - row[3] / row[2]
                self._total[2] += apart**2 * row[2] / (row[2] + 1)
            row[2:] += (1, log, log**2)
            self._total[:2] += (1, log)

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
        if not self._total[0]:
            return np.ones(self.size)
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
        arithmetic = np.nan_to_num(self.observed, nan=0.0)
        return np.where(arithmetic > 0, sure * arithmetic + (1 - sure) * modelled, modelled)

    @property
    def _within(self) -> float:
        repeats = max(self._total[0] - np.count_nonzero(self._sums[: self.size, 2]), 0.0)
        return min(float((self._total[2] + 10 * PRIOR_WITHIN) / (repeats + 10)), MOST_WITHIN)

    def _centre(self, candidate: int) -> float:
        count, total = self._sums[candidate, 2:4]
        weight = self._within / PRIOR_BETWEEN
        prior = self._expected[candidate]
        if np.isnan(prior):
            prior = self._total[1] / self._total[0] if self._total[0] else np.nan
        if np.isnan(prior):
            return float("nan")
        return float((total + weight * prior) / (count + weight))

    def save(self) -> dict[str, Floats]:
        """Everything, by name."""
        return {
            "cost_sums": self._sums[: self.size],
            "cost_expected": self._expected[: self.size],
            "cost_total": self._total,
        }

    def load(self, saved: Mapping[str, Floats]) -> None:
        """Becomes what was saved."""
        self.size = len(saved["cost_sums"])
        room = max(16, self.size)
        self._sums, self._expected = np.zeros((room, 5)), np.zeros(room)
        self._sums[: self.size] = saved["cost_sums"]
        self._expected[: self.size] = saved["cost_expected"]
        self._total = saved["cost_total"].copy()
