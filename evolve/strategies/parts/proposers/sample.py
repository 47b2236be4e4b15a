"""A draw from the space."""

from collections.abc import Sequence
from typing import ClassVar

from archive.records import Candidate
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer


class Sample(Proposer):
    """A whole configuration at random."""

    parents: ClassVar[int] = 0
    fresh: ClassVar[bool] = True

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        return Proposal(turn.view.space.sample(turn.rng), operator="sample")

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == "sample"
