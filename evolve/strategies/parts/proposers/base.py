"""The contract of proposers: making a child of parents."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from archive.records import Candidate, Parent
from evolve.plugins import Kind
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Part, Turn
from search_spaces.edits import Edits, apply, diff
from search_spaces.space import SearchSpace


class Proposer(Part):
    """Makes a child of some parents."""

    parents: ClassVar[int] = 1
    """How many parents it needs."""

    fresh: ClassVar[bool] = False
    """Whether its children are new from the ground, whatever the parents are."""

    share: float = Field(default=1.0, ge=0, description="Its relative odds among the proposers.")

    @abstractmethod
    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """Makes a child.

        Args:
            turn: What is known; model calls are booked here.
            parents: As many different ones as `parents` says.

        Returns:
            A child, possibly a known one; None if there is none to propose.

        Raises:
            OutageError: A model's endpoint does not answer.
        """

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`."""
        return 0

    @abstractmethod
    def made(self, operator: str) -> bool:
        """Whether it makes candidates with that operator."""


def child_of(parent: Candidate, edits: Edits, operator: str, *others: Candidate) -> Proposal:
    """The proposal that edits of a parent make, after ideas of others."""
    config = apply(parent.config, edits)
    arrows = [Parent(candidate=parent.number, edits=edits)]
    arrows += [Parent(candidate=each.number, edits=diff(each.config, config)) for each in others]
    return Proposal(config, operator, tuple(arrows))


PROPOSERS = Kind("evolve.strategies.parts.proposers", Proposer)
"""Every kind of proposer."""
