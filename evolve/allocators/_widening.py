"""Progressive widening: when to make another candidate.

After n evaluations, about ``factor · n^exponent`` candidates are the right number (Wang, Audibert &
Munos, "Algorithms for infinitely many-armed bandits", 2008; as progressive widening: Coulom,
"Computing Elo ratings of move patterns", 2007).
"""

from pydantic import Field

from evolve.allocators.base import Allocator, InFlight
from evolve.standings import Standings


class Widening(Allocator):
    """An allocator that proposes whenever there are too few candidates for its evaluations."""

    factor: float = Field(
        default=1.0, gt=0, description="Candidates are at most factor · evaluations^exponent."
    )
    exponent: float = Field(default=0.5, gt=0, le=1, description="See factor.")

    def widens(self, standings: Standings, in_flight: InFlight) -> bool:
        """Whether there are too few candidates for the number of evaluations."""
        candidates = len(standings) + in_flight.proposals
        evaluations = int(standings.evaluations.sum()) + len(in_flight.pairs)
        return bool(candidates < self.factor * max(evaluations, 1) ** self.exponent)
