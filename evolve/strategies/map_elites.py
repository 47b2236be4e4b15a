"""MAP-Elites: the best candidate of every kind is a parent (Mouret and Clune, 2015)."""

from pydantic import Field, PositiveFloat

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.crossover import Crossover
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.selection.tournament import Tournament
from evolve.strategies.parts.survival.niches import Niches


class MapElites(Combination):
    """Draws parents uniformly from the elites of niches."""

    by: dict[str, PositiveFloat] = Field(
        default=Niches().by, description="The features that niches differ in, and their widths."
    )
    crossover: float = Field(default=0.2, ge=0, le=1, description="Share of children of two.")
    fresh: float = Field(default=0.1, ge=0, le=1, description="Share drawn from the space.")

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        bred = 1 - self.fresh
        return Composed(
            survival=Niches(by=self.by),
            selection=Tournament(size=1),
            proposers=(
                Mutation(share=bred * (1 - self.crossover)),
                Crossover(share=bred * self.crossover),
                Sample(share=self.fresh),
            ),
        )
