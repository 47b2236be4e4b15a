"""Crossing two parents by the operators of the search space."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from archive.records import Candidate
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.errors import unknown
from search_spaces.operators import CROSSOVERS


class Crossover(Proposer):
    """A random crossover of two parents."""

    parents: ClassVar[int] = 2

    operators: tuple[str, ...] = Field(
        default=tuple(CROSSOVERS), min_length=1, description="Which crossovers to draw from."
    )

    @field_validator("operators")
    @classmethod
    def _known(cls, operators: tuple[str, ...]) -> tuple[str, ...]:
        for name in operators:
            if name not in CROSSOVERS:
                raise ValueError(str(unknown("crossover", name, CROSSOVERS)))
        return operators

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        a, b = parents
        operator = turn.rng.choice(self.operators)
        edits = CROSSOVERS[operator](a.config, b.config, turn.view.space, turn.rng)
        return child_of(a, edits, operator, b) if edits else None

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator in self.operators
