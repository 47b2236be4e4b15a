"""Top-two Thompson sampling: a likely best candidate, or a likely rival of it.

Russo, "Simple Bayesian algorithms for best-arm identification", 2016, section 3.3: draw scores from
the posterior; with probability β buy for the best of the draw, otherwise redraw until another
candidate is best and buy for that one.
"""

from random import Random

import numpy as np
from pydantic import Field

from evolve.allocators._cells import open_pairs
from evolve.allocators._widening import Widening
from evolve.allocators.base import Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings

REDRAWS = 20
"""Draws with the same best candidate after which the runner-up of the last draw is used."""


class Thompson(Widening):
    """Buys for candidates in proportion to how likely each is the best or the second."""

    beta: float = Field(default=0.5, gt=0, le=1, description="The share of the first of the two.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        if can_propose and not in_flight.proposals and self.widens(standings, in_flight):
            return [Propose("few candidates for so many evaluations")]
        free = open_pairs(standings, in_flight, self.trials)
        room = free.sum(axis=1)
        choices: list[Choice] = []
        generator = np.random.default_rng(rng.getrandbits(64))
        while len(choices) < slots and room.any():
            candidate = self._candidate(standings, room > 0, generator)
            task = int(np.argmax(free[candidate]))
            free[candidate, task] = False
            room[candidate] -= 1
            choices.append(Evaluate(candidate, task, "likely to be the best or the next best"))
        if can_propose and not choices and not in_flight.proposals:
            choices.append(Propose("every candidate is evaluated"))
        return choices

    def _candidate(
        self, standings: Standings, open_: np.ndarray, generator: np.random.Generator
    ) -> int:
        draws = standings.draws(generator, 1 + REDRAWS)
        first = int(np.argmax(draws[0]))
        if open_[first] and generator.random() < self.beta:
            return first
        draws[:, ~open_] = -np.inf
        for draw in draws[1:]:
            second = int(np.argmax(draw))
            if second != first:
                return second
        draws[-1, first] = -np.inf if open_.sum() > 1 else 0.0
        return int(np.argmax(draws[-1]))
