"""A soft mix of greed and chance, perhaps with a bonus for surprises.

P = λ/n + (1 − λ)·softmax(α(s − s_max)) over the best n by posterior mean s in percent (AFlow, Zhang
et al., 2025, section 3.3, which also keeps the first one in the running). AgentSwift (2025) mixes
an uncertainty u into the score: softmax(α((1 − β)s + βu − s_max)).
"""

from collections.abc import Sequence
from math import exp
from typing import Literal

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.selection.base import Weighted


class SoftMixed(Weighted):
    """Draws among the best with λ/n + (1 − λ)·softmax(α·score)."""

    top: int = Field(default=4, ge=1, description="How many of the best are in the running.")
    first: bool = Field(default=False, description="Whether candidate 0 always is, besides.")
    uniform: float = Field(
        default=0.3, ge=0, le=1, description="λ: the share of chance in choosing a parent."
    )
    greed: float = Field(
        default=0.2, ge=0, description="α: how much a point of the score, in percent, weighs."
    )
    uncertainty: float = Field(
        default=0.0, ge=0, le=1, description="β: the share of uncertainty in the score."
    )
    of: Literal["deviation", "surprise"] = Field(
        default="deviation",
        description="What counts as uncertainty: the posterior `deviation`, or `surprise`, how "
        "far the value model of the screening is off.",
    )

    def contenders(self, view: ArchiveView, pool: Sequence[Candidate]) -> list[Candidate]:
        """See `Weighted.contenders`."""
        best = sorted(pool, key=lambda each: -view.mean[each.number])[: self.top]
        first = [each for each in pool if each.number == 0 and each not in best]
        return best + first if self.first else best

    def weights(self, view: ArchiveView, pool: Sequence[Candidate]) -> Sequence[float]:
        """See `Weighted.weights`."""
        percent = [100 * float(view.mean[each.number]) for each in pool]
        doubt = self._uncertainties(view, pool)
        value = [
            (1 - self.uncertainty) * score + self.uncertainty * each - max(percent)
            for score, each in zip(percent, doubt, strict=True)
        ]
        greedy = [exp(self.greed * (each - max(value))) for each in value]
        total, count = sum(greedy), len(pool)
        return [self.uniform / count + (1 - self.uniform) * each / total for each in greedy]

    def _uncertainties(self, view: ArchiveView, pool: Sequence[Candidate]) -> list[float]:
        if not self.uncertainty:
            return [0.0] * len(pool)
        if self.of == "deviation":
            return [100 * float(view.deviation[each.number]) for each in pool]
        from evolve.strategies.parts.screening.value_model import surprises

        off = surprises(view)
        return [100 * off.get(each.number, 0.0) for each in pool]
