"""NSGA-II: a population that spreads along the front of score and cost (Deb et al., 2002)."""

from pydantic import Field

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.crossover import Crossover
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.selection.nsga2 import Nsga2 as Fronts
from evolve.strategies.parts.survival.everyone import Everyone


class Nsga2(Combination):
    """Breeds from the fronts of posterior mean and cost; sorting is DEAP's."""

    population: int = Field(default=16, ge=2, description="Size of the parent pool.")
    crossover: float = Field(default=0.3, ge=0, le=1, description="Share of children of two.")
    fresh: float = Field(default=0.05, ge=0, le=1, description="Share drawn from the space.")

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        bred = 1 - self.fresh
        return Composed(
            survival=Everyone(),
            selection=Fronts(population=self.population),
            proposers=(
                Mutation(share=bred * (1 - self.crossover)),
                Crossover(share=bred * self.crossover),
                Sample(share=self.fresh),
            ),
        )
