"""What is believed about each candidate, from scores on shared tasks.

A score is taken as candidate effect plus task effect plus noise, ``y = a_i + d_j + e``: the
additive two-way layout, with both effects shrunk as random effects (Robinson, "That BLUP is a good
thing", 1991). Because tasks are shared, a candidate that met hard tasks is not blamed for them.
A child is expected near its parents' mean, everyone else near the mean of all.

The state is a function of what was told, in order; nothing here is random.
"""

import io
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.records import Standing

Floats: TypeAlias = NDArray[np.float64]

PRIOR_DEVIATION = 0.15
"""How far a candidate's mean is expected from its parents' (or everyone's) mean."""

TASK_DEVIATION = 0.3
"""How far a task's mean is expected from the mean of all tasks."""

PRIOR_NOISE = 0.2
"""Residual variance expected before there are residuals; 0.25 is a fair coin's."""


class Standings:
    """Posterior mean and deviation of every candidate's true score, and the raw scores."""

    def __init__(self, tasks: int) -> None:
        """Starts with no candidate.

        Args:
            tasks: How many tasks candidates can be evaluated on.
        """
        self.tasks = tasks
        self._size = 0
        self._sums = np.zeros((16, tasks))
        self._counts = np.zeros((16, tasks), dtype=np.int32)
        self._effects = np.zeros(16)
        self._spent = np.zeros(16)
        self._task_effects = np.zeros(tasks)
        self._residuals = np.array([PRIOR_NOISE * 20, 20.0])
        self.parents: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return self._size

    def add(self, parents: Sequence[int] = ()) -> int:
        """Adds a candidate and returns its number."""
        if self._size == len(self._effects):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._effects = np.concatenate([self._effects, np.zeros_like(self._effects)])
            self._spent = np.concatenate([self._spent, np.zeros_like(self._spent)])
        number = self._size
        self._size += 1
        self.parents.append(tuple(parents))
        self._effects[number] = self._expected(number)
        return number

    def tell(self, candidate: int, task: int, value: float, usd: float | None) -> None:
        """Learns one score.

        Args:
            candidate: A number that `add` gave.
            task: From 0.
            value: 0 to 1.
            usd: What the evaluation cost; None if unknown.
        """
        expected = self._effects[candidate] + self._task_effects[task]
        self._residuals += ((value - expected) ** 2, 1.0)
        self._sums[candidate, task] += value
        self._counts[candidate, task] += 1
        self._spent[candidate] += np.nan if usd is None else usd
        self._fit_task(task)
        self._fit_candidate(candidate)

    @property
    def noise(self) -> float:
        """The residual variance of one evaluation."""
        total, count = self._residuals
        return float(max(total / count, 0.01))

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """How many evaluations each candidate has, shape (candidates,)."""
        totals: NDArray[np.int64] = self._counts[: self._size].sum(axis=1)
        return totals

    @property
    def mean(self) -> Floats:
        """The posterior mean of each candidate's true score, shape (candidates,), 0 to 1."""
        counts, sums = self._counts[: self._size], self._sums[: self._size]
        seen = counts > 0
        predicted = np.clip(self._effects[: self._size, None] + self._task_effects, 0.0, 1.0)
        observed = np.divide(sums, counts, out=predicted, where=seen)
        means: Floats = observed.mean(axis=1)
        return means

    @property
    def deviation(self) -> Floats:
        """The posterior standard deviation of each candidate's true score, shape (candidates,)."""
        precision = self.evaluations / self.noise + 1 / PRIOR_DEVIATION**2
        deviations: Floats = np.sqrt(1 / precision)
        return deviations

    @property
    def usd(self) -> Floats:
        """The mean cost of an evaluation of each candidate, NaN where unknown."""
        evaluations = self.evaluations
        unknown = np.full(self._size, np.nan)
        spent = self._spent[: self._size]
        mean: Floats = np.divide(spent, evaluations, out=unknown, where=evaluations > 0)
        return mean

    @property
    def counts(self) -> NDArray[np.int32]:
        """How often each candidate was evaluated on each task, shape (candidates, tasks)."""
        return self._counts[: self._size]

    @property
    def scores(self) -> Floats:
        """The mean score of each candidate on each task, NaN where unseen."""
        counts = self.counts
        unseen = np.full(counts.shape, np.nan)
        mean: Floats = np.divide(self._sums[: self._size], counts, out=unseen, where=counts > 0)
        return mean

    def all(self) -> list[Standing]:
        """Every candidate's standing, by number, as it is stored and shown."""
        columns = zip(self.mean, self.deviation, self.evaluations, self.usd, strict=True)
        return [
            Standing(
                candidate=number,
                mean=float(mean),
                deviation=float(deviation),
                evaluations=int(evaluations),
                usd=None if np.isnan(usd) else float(usd),
            )
            for number, (mean, deviation, evaluations, usd) in enumerate(columns)
        ]

    def state(self) -> bytes:
        """Everything learned, to the last bit; `restore` takes it back."""
        buffer = io.BytesIO()
        size = self._size
        np.savez_compressed(
            buffer,
            sums=self._sums[:size],
            counts=self._counts[:size],
            effects=self._effects[:size],
            spent=self._spent[:size],
            task_effects=self._task_effects,
            residuals=self._residuals,
            parents=np.array([(n, p) for n, line in enumerate(self.parents) for p in line]),
        )
        return buffer.getvalue()

    @classmethod
    def restore(cls, state: bytes) -> "Standings":
        """The standings that `state` described."""
        with np.load(io.BytesIO(state), allow_pickle=False) as saved:
            standings = cls(tasks=saved["sums"].shape[1])
            lines: list[tuple[int, ...]] = [() for _ in saved["effects"]]
            for child, parent in saved["parents"]:
                lines[int(child)] = (*lines[int(child)], int(parent))
            for line in lines:
                standings.add(line)
            size = standings._size
            standings._sums[:size] = saved["sums"]
            standings._counts[:size] = saved["counts"]
            standings._effects[:size] = saved["effects"]
            standings._spent[:size] = saved["spent"]
            standings._task_effects = saved["task_effects"]
            standings._residuals = saved["residuals"]
        return standings

    def _expected(self, candidate: int) -> float:
        """Where a candidate's effect is expected before it is evaluated."""
        parents = self.parents[candidate]
        if parents:
            return float(np.mean(self._effects[list(parents)]))
        others = self._effects[: self._size][self._counts[: self._size].any(axis=1)]
        return float(others.mean()) if len(others) else 0.5

    def _fit_candidate(self, candidate: int) -> None:
        counts = self._counts[candidate]
        excess = self._sums[candidate].sum() - counts @ self._task_effects
        weight = self.noise / PRIOR_DEVIATION**2
        expected = self._expected(candidate)
        self._effects[candidate] = (excess + weight * expected) / (counts.sum() + weight)

    def _fit_task(self, task: int) -> None:
        counts = self._counts[: self._size, task]
        excess = self._sums[: self._size, task].sum() - counts @ self._effects[: self._size]
        self._task_effects[task] = excess / (counts.sum() + self.noise / TASK_DEVIATION**2)
