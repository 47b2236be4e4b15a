"""Monte Carlo tree search over edits: descendants count for their ancestors."""

from typing import Annotated

from pydantic import Field

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.base import PROPOSERS, Proposer
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.selection.uct import Uct
from evolve.strategies.parts.survival.everyone import Everyone


class Tree(Combination):
    """Descends the lineage by upper confidence bounds and edits where it ends up."""

    exploration: float = Field(default=0.2, ge=0, description="c: weight of uncertainty.")
    widening: float = Field(default=1.0, gt=0, description="k: how soon a node gets children.")
    growth: float = Field(default=0.5, ge=0, le=1, description="a: how fast it may get more.")
    proposers: tuple[Annotated[Proposer, PROPOSERS], ...] = Field(
        default=(Mutation(),), min_length=1, description="What makes a child, as a list."
    )

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        return Composed(
            survival=Everyone(),
            selection=Uct(exploration=self.exploration, widening=self.widening, growth=self.growth),
            proposers=self.proposers,
        )
