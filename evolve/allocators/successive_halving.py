"""Successive halving: many candidates on few tasks, the best of them on more.

Without a budget, asynchronously: ASHA (Li et al., "A system for massively parallel hyperparameter
tuning", 2020, algorithm 2): a candidate is promoted to the next rung as soon as it is in the top
1/η of those that completed its rung; when none can be promoted, a new candidate starts at the
lowest rung. With a budget and a fixed set of candidates: ⌈log_η S⌉ rounds that cost the same
(Karnin, Koren & Somekh, "Almost optimal exploration in multi-armed bandits", 2013, algorithm 2),
on shared tasks.
"""

from itertools import pairwise
from math import ceil, log
from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import open_cells
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Standings


def rungs(first: int, eta: int, tasks: int) -> list[int]:
    """The rungs of a ladder, as numbers of tasks: ``first · η^k`` up to all tasks."""
    steps = [min(first, tasks)]
    while steps[-1] < tasks:
        steps.append(min(steps[-1] * eta, tasks))
    return steps


def promotions(
    standings: Standings,
    candidates: NDArray[np.int64],
    steps: list[int],
    eta: int,
    finite: bool,
) -> NDArray[np.int64]:
    """The rung each candidate is to complete, as a number of tasks, shape (candidates given,).

    Args:
        standings: The scores.
        candidates: The candidates that compete with one another.
        steps: The rungs.
        eta: One in this many is promoted.
        finite: Whether no candidate can join any more, so a complete rung promotes at least one.
    """
    seen, scores = standings.counts[candidates] > 0, standings.scores[candidates]
    target = np.full(len(candidates), steps[0])
    for rung, following in pairwise(steps):
        done = np.flatnonzero((target == rung) & seen[:, :rung].all(axis=1))
        promoted = len(done) // eta
        if finite and len(done) == np.count_nonzero(target == rung):
            promoted = -(-len(done) // eta)
        means = scores[done, :rung].mean(axis=1)
        best = done[np.argsort(-means, kind="stable")[:promoted]]
        target[best] = following
    return target


class SuccessiveHalving(Allocator):
    """Promotes the top 1/η of a rung to the next one, which has η times the tasks."""

    eta: int = Field(default=3, ge=2, description="One in this many is promoted.")
    first_rung: int = Field(default=8, ge=1, description="Tasks on the lowest rung.")
    budget: int | None = Field(
        default=None,
        ge=1,
        description="Evaluations in all, for a fixed set of candidates: rounds of equal cost.",
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
        if self.budget is not None:
            target = self._round(standings, self.budget)
        else:
            candidates = np.arange(len(standings))
            steps = rungs(self.first_rung, self.eta, standings.tasks)
            target = promotions(standings, candidates, steps, self.eta, finite=not can_propose)
        choices: list[Choice] = []
        for candidate in np.argsort(-target, kind="stable").tolist():
            goal = int(target[candidate])
            for task in open_cells(standings, in_flight, candidate, goal, self.trials):
                if len(choices) == slots:
                    return choices
                choices.append(Evaluate(candidate, task, f"rung of {goal} tasks"))
        proposing = can_propose and self.budget is None
        if proposing and not choices and not in_flight.proposals:
            choices.append(Propose("no candidate can be promoted yet"))
        return choices

    def _round(self, standings: Standings, budget: int) -> NDArray[np.int64]:
        """How many tasks each candidate is to complete in the present round."""
        target = np.zeros(len(standings), dtype=np.int64)
        alive = np.arange(len(standings))
        rounds = max(1, ceil(log(max(len(alive), 2), self.eta)))
        scores, goal = standings.scores, 0
        for _ in range(rounds):
            goal = min(standings.tasks, goal + max(1, budget // (rounds * max(len(alive), 1))))
            target[alive] = goal
            if np.isnan(scores[alive, :goal]).any() or len(alive) < 2:
                break
            means = scores[alive, :goal].mean(axis=1)
            keep = -(-len(alive) // self.eta)
            alive = alive[np.argsort(-means, kind="stable")[:keep]]
        return target
