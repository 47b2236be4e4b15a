"""A steady-state genetic algorithm: tournaments among the fittest, crossover and mutation."""

from random import Random

from pydantic import Field

from archive.records import Candidate, Parent
from evolve.models.base import Models
from evolve.strategies.base import Proposal, Strategy
from evolve.view import ArchiveView
from search_spaces.edits import apply, diff
from search_spaces.operators import CROSSOVERS, mutate

ATTEMPTS = 20
"""Children tried before giving up on finding one that is new."""


class Genetic(Strategy):
    """Breeds from the fittest; selection is DEAP's, over posterior means."""

    population: int = Field(default=16, ge=2, description="How many of the fittest may breed.")
    tournament: int = Field(default=3, ge=1, description="Contestants for each parent's place.")
    crossover: float = Field(default=0.3, ge=0, le=1, description="Share of children of two.")
    fresh: float = Field(default=0.05, ge=0, le=1, description="Share drawn from the space.")

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        from evolve.strategies._deap import fittest, individuals, tournament

        parents = fittest(individuals(view), self.population)
        for _ in range(ATTEMPTS):
            if not parents or rng.random() < self.fresh:
                proposal: Proposal | None = Proposal(view.space.sample(rng), operator="sample")
            else:
                a, b = tournament(parents, 2, self.tournament, rng)
                proposal = self._child(a, b, view, rng)
            if proposal is not None and view.find(proposal.config) is None:
                return proposal
        return None

    def _child(self, a: Candidate, b: Candidate, view: ArchiveView, rng: Random) -> Proposal | None:
        if a.number != b.number and rng.random() < self.crossover:
            operator = rng.choice(sorted(CROSSOVERS))
            edits = CROSSOVERS[operator](a.config, b.config, view.space, rng)
            if edits:
                child = apply(a.config, edits)
                parents = (
                    Parent(candidate=a.number, edits=edits),
                    Parent(candidate=b.number, edits=diff(b.config, child)),
                )
                return Proposal(child, operator, parents)
        mutation = mutate(a.config, view.space, rng)
        if mutation is None:
            return None
        operator, edits = mutation
        return Proposal(
            apply(a.config, edits), operator, (Parent(candidate=a.number, edits=edits),)
        )
