"""Upper confidence bounds: the candidate with the highest bound gets the next task.

Auer, Cesa-Bianchi & Fischer, "Finite-time analysis of the multiarmed bandit problem", 2002, with
the standings' posterior in place of the counts, as in Bayes-UCB (Kaufmann, Cappé & Garivier, 2012).
"""

from random import Random

import numpy as np
from pydantic import Field

from evolve.allocators._cells import open_pairs
from evolve.allocators._widening import Widening
from evolve.allocators.base import Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings


class Ucb(Widening):
    """Buys for the candidate whose mean plus z deviations is highest."""

    z: float = Field(default=2.0, ge=0, description="Deviations above the mean.")

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
        bought = standings.tasks * self.trials - room
        mean, deviation = standings.mean, standings.deviation
        done = standings.evaluations
        choices: list[Choice] = []
        while len(choices) < slots and room.any():
            # Evaluations in flight narrow the bound too, or one candidate would get all slots.
            narrowed = deviation * np.sqrt((done + 1) / (np.maximum(bought, done) + 1))
            upper = np.where(room > 0, mean + self.z * narrowed, -np.inf)
            candidate = int(np.argmax(upper))
            task = int(np.argmax(free[candidate]))
            free[candidate, task] = False
            room[candidate] -= 1
            bought[candidate] += 1
            choices.append(Evaluate(candidate, task, f"may reach {upper[candidate]:.3f}"))
        if can_propose and not choices and not in_flight.proposals:
            choices.append(Propose("every candidate is evaluated"))
        return choices
