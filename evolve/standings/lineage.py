"""The prior of abilities: everyone near the mean of all, a child near its parents.

``a_root ~ N(μ, τ_root²)`` and ``a_child ~ N(mean of its parents' a + δ, τ_child²)`` with
``μ ~ N(0, 2²)`` and ``δ ~ N(0, ½²)``: a Gaussian tree, as of traits in phylogenetics (Felsenstein,
"Phylogenies and the comparative method", 1985, with steps of equal length). Both variances are
learned, so a lineage whose children fall far from their parents shrinks them less. So is the drift
δ: most edits of a good system make it worse, and a child that solved its first two tasks is not yet
better for it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.standings.table import Floats

MEAN_VARIANCE = 4.0
"""The variance of μ, in squared logits."""

DRIFT_VARIANCE = 0.25
"""The variance of δ, in squared logits."""


class Prior(NamedTuple):
    """The prior of the abilities of some candidates: ``N(solve(precision, pull), precision⁻¹)``."""

    precision: Floats
    pull: Floats


class Steps:
    """Every candidate's expected step from its parents, for a fixed set of candidates."""

    def __init__(self, active: NDArray[np.int64], parents: Sequence[Sequence[int]]) -> None:
        """Looks up who descends from whom.

        Args:
            active: The candidates that are fitted; others stand still.
            parents: The parents of every candidate.
        """
        self.active = active
        place = {int(candidate): row for row, candidate in enumerate(active)}
        rows = len(active)
        self.inside = np.zeros((rows, rows + 2))
        self.outside: list[tuple[int, int, float]] = []
        self.child = np.zeros(rows, dtype=bool)
        for row, candidate in enumerate(active):
            line = parents[int(candidate)]
            self.child[row] = bool(line)
            self.inside[row, row] = 1.0
            for parent in line:
                if parent in place:
                    self.inside[row, place[parent]] -= 1.0 / len(line)
                else:
                    self.outside.append((row, parent, 1.0 / len(line)))
            self.inside[row, rows + bool(line)] = -1.0

    def prior(self, abilities: Floats, variances: Floats, root: float, child: float) -> Prior:
        """The prior, with μ and δ integrated out.

        Args:
            abilities: Of every candidate; those outside the set are taken as they stand.
            variances: How uncertain those are.
            root: τ_root².
            child: τ_child².
        """
        spread = np.where(self.child, child, root)
        offset = np.zeros(len(spread))
        for row, parent, share in self.outside:
            offset[row] += share * abilities[parent]
            spread[row] += share**2 * variances[parent]
        weighted = self.inside / spread[:, None]
        joint = weighted.T @ self.inside
        joint[[-2, -1], [-2, -1]] += 1.0 / MEAN_VARIANCE, 1.0 / DRIFT_VARIANCE
        pull = weighted.T @ offset
        across = np.linalg.solve(joint[-2:, -2:], joint[-2:, :-2]).T
        precision = joint[:-2, :-2] - across @ joint[-2:, :-2]
        return Prior(precision, pull[:-2] - across @ pull[-2:])

    def taken(self, abilities: Floats, here: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """Every candidate's step from its parents, and how uncertain it is.

        Args:
            abilities: Of every candidate.
            here: Of the candidates of the set.
            covariance: Theirs.
        """
        roots = ~self.child
        centre = float(here[roots].mean()) if roots.any() else 0.0
        among = self.inside[:, :-2]
        steps = among @ here + self.inside[:, -2] * centre
        for row, parent, share in self.outside:
            steps[row] -= share * abilities[parent]
        doubts: Floats = np.einsum("ij,ij->i", among @ covariance, among)
        return steps, doubts

    def drift(self, taken: Floats, child: float) -> float:
        """δ, as far as the steps of children tell: its mean given the abilities.

        Args:
            taken: Every candidate's step.
            child: τ_child².
        """
        steps = taken[self.child]
        return float(steps.sum() / (len(steps) + child / DRIFT_VARIANCE))
