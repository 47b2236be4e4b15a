"""An online knapsack: an addition must be worth its cost, the more so the less budget is left.

A component is accepted if value / cost ≥ Ψ(z) = (U·e / L)^z · (L / e), z being the share of the
budget that is used (Chakrabarty, Zhou and Lukose, 2008; as in the knapsack composer of agents).
U and L bound the value for the cost. Here value is the score gained over the parent, in points, and
cost is how many times the price of the cheapest candidate it adds to an evaluation.
"""

from collections.abc import Sequence
from math import e, isnan
from random import Random
from typing import Self

from pydantic import Field, model_validator

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import eligible_parents
from evolve.strategies.parts.survival.base import Survival


class Knapsack(Survival):
    """Seeds, and children whose gain over the first parent justifies their additional cost."""

    upper: float = Field(default=20.0, gt=0, description="U: the most points for the cost.")
    lower: float = Field(default=1.0, gt=0, description="L: the least that is worth anything.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lower > self.upper:
            raise ValueError(f"lower {self.lower:g} is above upper {self.upper:g}")
        return self

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        return [each for each in eligible_parents(view) if self.accepts(view, each)]

    def threshold(self, used: float) -> float:
        """Ψ: what a point must bring for its cost when that share of the budget is used."""
        return float((self.upper * e / self.lower) ** used * self.lower / e)

    def accepts(self, view: ArchiveView, child: Candidate) -> bool:
        """Whether a candidate was worth its price when it was made.

        The share of the budget that was used then is taken to have grown evenly from one candidate
        to the next.
        """
        if not child.parents:
            return True
        parent = child.parents[0].candidate
        gain = 100 * float(view.mean[child.number] - view.mean[parent])
        more = float(view.cost[child.number] - view.cost[parent])
        if isnan(more) or more <= 0:
            return gain > 0
        used = view.progress * child.number / len(view.candidates)
        cheapest = float(view.cost[view.cost > 0].min())
        return gain / (more / cheapest) >= self.threshold(used)
