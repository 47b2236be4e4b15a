"""Uniform allocation: all candidates on the same tasks, one task after another."""

from random import Random

import numpy as np
from pydantic import Field

from evolve.allocators._cells import open_pairs
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings


class Uniform(Allocator):
    """Gives every candidate the same number of tasks, regardless of its scores."""

    tasks: int | None = Field(
        default=None, ge=1, description="How many tasks every candidate gets; all if left out."
    )

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        free = open_pairs(standings, in_flight, self.trials)[:, : self.tasks]
        tasks, candidates = np.nonzero(free.T)
        choices: list[Choice] = [
            Evaluate(int(candidate), int(task), "the same tasks for every candidate")
            for candidate, task in zip(candidates[:slots], tasks[:slots], strict=True)
        ]
        if can_propose and len(choices) < slots and not in_flight.proposals:
            choices.append(Propose("all candidates have the same tasks"))
        return choices
