"""Random search: every proposal is a fresh draw from the space."""

from random import Random as Randomness

from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy


class Random(Strategy):
    """Draws configurations independently; the baseline of everything else."""

    async def ask(self, view: ArchiveView, models: Models, rng: Randomness) -> Proposal | None:
        """See `Strategy.ask`."""
        return Proposal(view.space.sample(rng), operator="sample")
