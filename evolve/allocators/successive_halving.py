"""Asynchronous successive halving: many candidates on few tasks, the best of them on more.

ASHA (Li et al., "A system for massively parallel hyperparameter tuning", 2020, algorithm 2): a
candidate is promoted to the next rung as soon as it is in the top 1/η of those that completed its
rung; when nobody can be promoted, a new candidate starts at the lowest rung.
"""

from itertools import pairwise
from random import Random

import numpy as np
from pydantic import Field

from evolve.allocators._cells import open_cells
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings


class SuccessiveHalving(Allocator):
    """Promotes the top 1/η of a rung to the next one, which has η times the tasks."""

    eta: int = Field(default=3, ge=2, description="One in this many is promoted.")
    first_rung: int = Field(default=8, ge=1, description="Tasks on the lowest rung.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        rungs = self._rungs(standings.tasks)
        target = self._targets(standings, rungs, finite=not can_propose)
        choices: list[Choice] = []
        for rung in reversed(rungs):
            for candidate in np.flatnonzero(target == rung):
                for task in open_cells(standings, in_flight, int(candidate), rung):
                    if len(choices) == slots:
                        return choices
                    choices.append(Evaluate(int(candidate), task, f"rung of {rung} tasks"))
        if can_propose and not choices and not in_flight.proposals:
            choices.append(Propose("nobody can be promoted yet"))
        return choices

    def _rungs(self, tasks: int) -> list[int]:
        rungs = [min(self.first_rung, tasks)]
        while rungs[-1] < tasks:
            rungs.append(min(rungs[-1] * self.eta, tasks))
        return rungs

    def _targets(self, standings: Standings, rungs: list[int], finite: bool) -> np.ndarray:
        """The rung each candidate is to complete, as a number of tasks, shape (candidates,)."""
        seen, scores = standings.counts > 0, standings.scores
        target = np.full(len(standings), rungs[0])
        for rung, following in pairwise(rungs):
            done = np.flatnonzero((target == rung) & seen[:, :rung].all(axis=1))
            promoted = len(done) // self.eta
            if finite and len(done) == np.count_nonzero(target == rung):
                promoted = -(-len(done) // self.eta)
            means = scores[done, :rung].mean(axis=1)
            best = done[np.argsort(-means, kind="stable")[:promoted]]
            target[best] = following
        return target
