"""A genetic algorithm: tournaments among the fittest, crossover and mutation."""

from pydantic import Field

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.crossover import Crossover
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.selection.tournament import Tournament
from evolve.strategies.parts.survival.elite import Elite


class Genetic(Combination):
    """Breeds from the fittest; selection is DEAP's, over posterior means."""

    population: int = Field(default=16, ge=2, description="Size of the parent pool.")
    tournament: int = Field(default=3, ge=1, description="Contestants for each parent's place.")
    crossover: float = Field(default=0.3, ge=0, le=1, description="Share of children of two.")
    fresh: float = Field(default=0.05, ge=0, le=1, description="Share drawn from the space.")

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        bred = 1 - self.fresh
        return Composed(
            survival=Elite(size=self.population),
            selection=Tournament(size=self.tournament),
            proposers=(
                Mutation(share=bred * (1 - self.crossover)),
                Crossover(share=bred * self.crossover),
                Sample(share=self.fresh),
            ),
        )
