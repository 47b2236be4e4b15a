"""Crossing two parents by the operators of the search space."""

from collections.abc import Sequence
from typing import ClassVar

from archive.records import Candidate
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.operators import CROSSOVERS


class Crossover(Proposer):
    """A random crossover of two parents."""

    parents: ClassVar[int] = 2

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        a, b = parents
        operator = turn.rng.choice(sorted(CROSSOVERS))
        edits = CROSSOVERS[operator](a.config, b.config, turn.view.space, turn.rng)
        return child_of(a, edits, operator, b) if edits else None

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator in CROSSOVERS
