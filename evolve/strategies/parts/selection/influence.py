"""Parents in proportion to their influence: how their children did beside others.

A parent's influence is the mean score of its children over that of all candidates;
p = softmax(I / t)
(as MASS, Zhou et al., 2025, weighs its blocks, t = .05). A parent without children counts as 1.
"""

from collections.abc import Sequence
from math import exp

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.selection.base import Weighted


class Influence(Weighted):
    """Draws parents by a softmax over how good their children are."""

    temperature: float = Field(default=0.05, gt=0, description="t: small is greedy.")

    def weights(self, view: ArchiveView, pool: Sequence[Candidate]) -> Sequence[float]:
        """See `Weighted.weights`."""
        children: dict[int, list[float]] = {}
        for each in view.evaluated:
            for parent in each.parents:
                children.setdefault(parent.candidate, []).append(float(view.mean[each.number]))
        scores = [float(view.mean[each.number]) for each in view.evaluated]
        usual = max(sum(scores) / max(len(scores), 1), 1e-9)
        influence = [
            sum(those) / len(those) / usual if (those := children.get(each.number)) else 1.0
            for each in pool
        ]
        return [exp((each - max(influence)) / self.temperature) for each in influence]
