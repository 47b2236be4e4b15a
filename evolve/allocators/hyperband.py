"""Hyperband: successive halving with several first rungs, since no single one fits every search.

Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization", 2018,
algorithm 1, in its asynchronous form: bracket s starts at ``first_rung · η^s`` tasks, and
candidates join brackets in the proportions of the algorithm, by their number.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import open_cells
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.allocators.successive_halving import promotions, rungs
from evolve.standings import Standings


class Hyperband(Allocator):
    """Runs brackets of successive halving from different first rungs side by side."""

    eta: int = Field(default=3, ge=2, description="One in this many is promoted.")
    first_rung: int = Field(default=4, ge=1, description="Tasks on the lowest rung of all.")
    brackets: int = Field(default=3, ge=1, description="How many first rungs there are.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        target = np.zeros(len(standings), dtype=np.int64)
        bracket = self._brackets(len(standings))
        for number in range(self.brackets):
            members = np.flatnonzero(bracket == number)
            steps = rungs(self.first_rung * self.eta**number, self.eta, standings.tasks)
            target[members] = promotions(
                standings, members, steps, self.eta, finite=not can_propose
            )
        choices: list[Choice] = []
        for candidate in np.argsort(-target, kind="stable").tolist():
            goal, why = int(target[candidate]), f"bracket {bracket[candidate]}"
            for task in open_cells(standings, in_flight, candidate, goal, self.trials):
                if len(choices) == slots:
                    return choices
                choices.append(Evaluate(candidate, task, f"{why}, rung of {goal} tasks"))
        if can_propose and not choices and not in_flight.proposals:
            choices.append(Propose("no candidate can be promoted yet in any bracket"))
        return choices

    def _brackets(self, candidates: int) -> NDArray[np.int64]:
        """The bracket of every candidate: low brackets take η times as many as the next."""
        shares = [self.eta ** (self.brackets - 1 - number) for number in range(self.brackets)]
        cycle = np.repeat(np.arange(self.brackets)[::-1], shares[::-1])
        return np.resize(cycle, candidates)
