"""The contract of allocators: what is the next task evaluation worth buying?"""

from abc import abstractmethod
from collections.abc import Set as AbstractSet
from random import Random
from typing import NamedTuple, TypeAlias

from pydantic import Field

from evolve.plugins import Kind, Plugin
from evolve.standings import Standings


class Evaluate(NamedTuple):
    """Buy the score of a candidate on a task; ``why`` is told to people."""

    candidate: int
    task: int
    why: str = ""


class Propose(NamedTuple):
    """Buy a new candidate."""

    why: str = ""


Choice: TypeAlias = Evaluate | Propose


class InFlight(NamedTuple):
    """What is bought and not yet learned: (candidate, task) pairs, and a number of proposals."""

    pairs: AbstractSet[tuple[int, int]]
    proposals: int


class Allocator(Plugin):
    """Decides what is bought next; a pure function of what it is given."""

    trials: int = Field(
        default=1, ge=1, description="How often one pair may be bought; more averages noise."
    )

    @abstractmethod
    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """Names up to ``slots`` purchases, the most wanted first.

        An empty list waits for the next result; with nothing in flight it ends the search. A pair
        that is settled or in flight is never named.

        Args:
            standings: What is believed, and the raw scores.
            in_flight: What is already bought.
            can_propose: Whether the strategy may be asked for candidates.
            slots: How many purchases can start now.
            rng: Randomness of this decision alone.
        """


ALLOCATORS = Kind("evolve.allocators", Allocator)
"""Every allocator."""
