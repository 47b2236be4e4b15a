"""The prior of abilities: a root near the mean of all roots, a child near its parents.

``a_root ~ N(μ, τ_root²)`` and ``a_child ~ N(mean of its parents' a + δ, τ_child²)`` with
``μ ~ N(0, 2²)`` and ``δ ~ N(0, ½²)``: a Gaussian tree, as of traits in phylogenetics (Felsenstein,
"Phylogenies and the comparative method", 1985, with steps of equal length). Both variances are
learned, so a lineage whose children fall far from their parents shrinks them less. So is the drift
δ: most edits of a good system make it worse, so two tasks solved by a child are weak evidence that
it is better.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archive.records import Candidate
from evolve.standings.table import Floats
from search_spaces.config import SystemConfig

MEAN_VARIANCE = 4.0
"""The variance of μ, in squared logits."""

DRIFT_VARIANCE = 0.25
"""The variance of δ, in squared logits."""


class Prior(NamedTuple):
    """The prior of the abilities of some candidates: ``N(solve(precision, pull), precision⁻¹)``."""

    precision: Floats
    pull: Floats


class Steps:
    """The steps in ability from parents to children, for a fixed set of candidates."""

    def __init__(self, active: NDArray[np.int64], parents: Sequence[Sequence[int]]) -> None:
        """Builds the matrix of steps.

        Args:
            active: The candidates that are fitted; the abilities of others are fixed.
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
            abilities: The abilities of all candidates; fixed for those outside the set.
            variances: The variances of these abilities.
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

    def estimate(
        self, abilities: Floats, fitted: Floats, covariance: Floats
    ) -> tuple[Floats, Floats]:
        """The step of every fitted candidate from its parents, and its variance.

        Args:
            abilities: The abilities of all candidates.
            fitted: The abilities of the fitted candidates.
            covariance: The covariance of the fitted abilities.
        """
        roots = ~self.child
        centre = float(fitted[roots].mean()) if roots.any() else 0.0
        among = self.inside[:, :-2]
        steps = among @ fitted + self.inside[:, -2] * centre
        for row, parent, share in self.outside:
            steps[row] -= share * abilities[parent]
        variances: Floats = np.einsum("ij,ij->i", among @ covariance, among)
        return steps, variances

    def drift(self, steps: Floats, child: float) -> float:
        """The posterior mean of δ given the steps.

        Args:
            steps: The step of every fitted candidate.
            child: τ_child².
        """
        of_children = steps[self.child]
        return float(of_children.sum() / (len(of_children) + child / DRIFT_VARIANCE))


def near_parents(candidate: Candidate, candidates: Sequence[Candidate]) -> list[int]:
    """The candidates that a candidate's ability is expected to be near: its parents, as a rule.

    The first worked examples of a line change more than any other edit: such a step says nothing of
    later ones, and would raise the drift of all. Where other lines have examples already, the
    candidate is expected to be near the first of these instead.

    Args:
        candidate: The candidate.
        candidates: All candidates before it, at least.
    """
    parents = [parent.candidate for parent in candidate.parents]
    if not parents or not _shows_examples(candidate.config):
        return parents
    alike = [each for each in parents if _shows_examples(candidates[each].config)]
    if alike:
        return alike
    earlier = (each for each in candidates if each.number < candidate.number)
    first = next((each.number for each in earlier if _shows_examples(each.config)), None)
    return [] if first is None else [first]


def _shows_examples(config: SystemConfig) -> bool:
    return any(agent.demonstrations for agent in config.agents)
