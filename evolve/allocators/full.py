"""Full evaluation: every candidate on every task before the next proposal."""

from random import Random

import numpy as np

from evolve.allocators._cells import open_cells
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings


class Full(Allocator):
    """Evaluates candidates completely, in the order in which they were made."""

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        choices: list[Choice] = []
        for candidate in np.flatnonzero((standings.counts < self.trials).any(axis=1)).tolist():
            for task in open_cells(standings, in_flight, candidate, trials=self.trials):
                if len(choices) == slots:
                    return choices
                choices.append(Evaluate(candidate, task, "every task for every candidate"))
        if can_propose and len(choices) < slots and not in_flight.proposals:
            choices.append(Propose("all candidates are evaluated"))
        return choices
