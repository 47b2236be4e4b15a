"""Per-task Pareto selection: a chance for every candidate that is the best on some task.

Candidates that no other dominates over all tasks are drawn in proportion to the number of tasks
that they are best on (GEPA, Agrawal et al., 2025, algorithm 2), here over believed task scores.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.believed import believed
from evolve.strategies.parts.selection.base import Weighted


class Pareto(Weighted):
    """Draws in proportion to the tasks that a candidate is the best on."""

    tie: float = Field(
        default=0.02, ge=0, le=1, description="Differences on a task that still count as best."
    )

    def weights(self, view: ArchiveView, pool: Sequence[Candidate]) -> Sequence[float]:
        """See `Weighted.weights`."""
        scores = believed(view, pool)
        best = scores >= scores.max(axis=0) - self.tie
        wins = best.sum(axis=1).astype(float)
        for number, row in enumerate(best):
            over = (best | ~row).all(axis=1) & (wins > wins[number])
            if over.any():  # another candidate is best on all of these tasks, and on more
                wins[number] = 0.0
        return list(wins) if wins.any() else [1.0] * len(np.atleast_1d(wins))
