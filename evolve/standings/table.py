"""The raw scores of candidates on tasks."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

SIMILAR_TRIALS = 0.5
"""How alike repeated trials of one pair are expected to be (an intraclass correlation).

.16 to .75 was measured on language-model agents; at one half, ten trials of a pair are worth less
than two pairs.
"""

PRIOR_TRIALS = 4.0
"""The weight of the prior variance between trials, in repeats."""


class Table:
    """Sums and counts of the scores of every (candidate, task) pair; grows with the candidates."""

    def __init__(self, tasks: int) -> None:
        """Starts without candidates.

        Args:
            tasks: How many tasks there are.
        """
        self.size = 0
        self._sums = np.zeros((16, tasks))
        self._counts = np.zeros((16, tasks), dtype=np.int32)
        self._evaluations = np.zeros(16, dtype=np.int64)
        self.between_trials = np.zeros(2)

    def add(self) -> None:
        """Makes room for one more candidate."""
        if self.size == len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._evaluations = np.concatenate(
                [self._evaluations, np.zeros_like(self._evaluations)]
            )
        self.size += 1

    def observe(self, candidate: int, task: int, value: float) -> None:
        """Adds one score; a repeated trial also shows how much trials differ."""
        count = self._counts[candidate, task]
        if count:
            apart = value - self._sums[candidate, task] / count
            self.between_trials += (apart**2 * count / (count + 1), 1.0)
        self._sums[candidate, task] += value
        self._counts[candidate, task] += 1
        self._evaluations[candidate] += 1

    @property
    def sums(self) -> Floats:
        """Shape (candidates, tasks)."""
        return self._sums[: self.size]

    @property
    def counts(self) -> NDArray[np.int32]:
        """Shape (candidates, tasks)."""
        return self._counts[: self.size]

    @property
    def trial_variance(self) -> float:
        """The variance between trials of one pair; 0 as long as no pair was repeated."""
        squares, repeats = self.between_trials
        if not repeats:
            return 0.0
        return float((squares + 0.05 * PRIOR_TRIALS) / (repeats + PRIOR_TRIALS))

    def means(self, candidates: NDArray[np.int64]) -> Floats:
        """The mean score of each pair, 0 where unseen, shape (given candidates, tasks)."""
        return self.sums[candidates] / np.maximum(self.counts[candidates], 1)

    def weights(self, candidates: NDArray[np.int64]) -> Floats:
        """How many independent scores each pair is worth, shape (given candidates, tasks).

        n trials with intraclass correlation ρ are worth n / (1 + (n − 1)ρ) (Kish, "Survey
        sampling", 1965, section 5.4).
        """
        counts = self.counts[candidates].astype(np.float64)
        if not self.between_trials[1]:
            return counts
        return counts / (1.0 + np.maximum(counts - 1.0, 0.0) * SIMILAR_TRIALS)

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """How many scores each candidate has, shape (candidates,)."""
        return self._evaluations[: self.size]

    def among(self, candidates: NDArray[np.int64]) -> "Table":
        """The scores of some candidates, renumbered."""
        some = Table(self._sums.shape[1])
        between = self.between_trials
        sums, counts = self.sums[candidates], self.counts[candidates]
        some.load({"sums": sums, "counts": counts, "between_trials": between})
        return some

    def save(self) -> dict[str, NDArray[np.generic]]:
        """Everything, by name."""
        return {"sums": self.sums, "counts": self.counts, "between_trials": self.between_trials}

    def load(self, saved: Mapping[str, NDArray[np.generic]]) -> None:
        """Restores what `save` returned."""
        sums, counts = saved["sums"], saved["counts"]
        self.size = len(sums)
        room = max(16, self.size)
        self._sums = np.zeros((room, sums.shape[1]))
        self._counts = np.zeros((room, sums.shape[1]), dtype=np.int32)
        self._evaluations = np.zeros(room, dtype=np.int64)
        self._sums[: self.size] = sums
        self._counts[: self.size] = counts
        self._evaluations[: self.size] = counts.sum(axis=1)
        self.between_trials = saved["between_trials"].astype(np.float64)
