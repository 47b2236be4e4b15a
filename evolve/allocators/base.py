"""The contract of allocators: what is the next task evaluation worth buying?"""

from abc import abstractmethod
from collections.abc import Set as AbstractSet
from random import Random
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
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

    def choose(
        self,
        standings: Standings,
        eligible: NDArray[np.bool_],
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """What `next` names if those who can no longer win are as if absent.

        Args:
            standings: Of everyone.
            eligible: Who can win, (candidates,): evaluations are bought for nobody else.
            in_flight: As for `next`.
            can_propose: As for `next`.
            slots: As for `next`.
            rng: As for `next`.
        """
        if np.count_nonzero(eligible) == len(eligible):
            return self.next(standings, in_flight, can_propose, slots, rng)
        numbers = np.flatnonzero(eligible)
        row = {number: place for place, number in enumerate(numbers.tolist())}
        pairs = {(row[one], task) for one, task in in_flight.pairs if one in row}
        some = standings.among(numbers)
        choices = self.next(some, in_flight._replace(pairs=pairs), can_propose, slots, rng)
        return [
            choice._replace(candidate=int(numbers[choice.candidate]))
            if isinstance(choice, Evaluate)
            else choice
            for choice in choices
        ]


ALLOCATORS = Kind("evolve.allocators", Allocator)
"""Every allocator."""
