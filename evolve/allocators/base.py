"""The contract of allocators: which evaluation or proposal to buy next."""

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
    """Buys the score of a candidate on a task; ``why`` is shown to users."""

    candidate: int
    task: int
    why: str = ""


class Propose(NamedTuple):
    """Buys a new candidate."""

    why: str = ""


Choice: TypeAlias = Evaluate | Propose


class InFlight(NamedTuple):
    """Purchases without a result: (candidate, task) pairs, and a number of proposals."""

    pairs: AbstractSet[tuple[int, int]]
    proposals: int


class Allocator(Plugin):
    """Decides what to buy next, as a pure function of its arguments."""

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
            standings: The posteriors and the raw scores.
            in_flight: The purchases without a result.
            can_propose: Whether a proposal is possible.
            slots: How many purchases can start now.
            rng: The random stream of this decision.
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
        """Returns what `next` names when ineligible candidates are left out.

        Args:
            standings: The standings of all candidates.
            eligible: Which candidates may be evaluated, shape (candidates,).
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
