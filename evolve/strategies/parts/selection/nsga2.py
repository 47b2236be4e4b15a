"""Selection for accuracy and cost together, as in NSGA-II (Deb et al., 2002).

DEAP's `selNSGA2` sorts by fronts, then by crowding; parents are the winners of binary tournaments.
"""

from collections.abc import Sequence

from pydantic import Field

from archive.records import Candidate
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection


class Nsga2(Selection):
    """Binary tournaments over the fronts of posterior mean and cost."""

    population: int = Field(default=16, ge=2, description="Size of the parent pool.")

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        from evolve.strategies._deap import by_mean_and_cost, sorted_by_fronts

        ranked = sorted_by_fronts(by_mean_and_cost(turn.view, pool), self.population)
        drawn: dict[int, Candidate] = {}
        for _ in range(count):
            place = min(turn.rng.randrange(len(ranked)), turn.rng.randrange(len(ranked)))
            drawn[ranked[place].number] = ranked[place]
        return list(drawn.values())
