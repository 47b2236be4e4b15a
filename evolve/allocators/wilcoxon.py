"""Optuna's Wilcoxon pruner, where it belongs: between one task and the next.

A candidate is evaluated task by task in the shared order and dropped when a signed-rank test says
that it is worse than the best so far (optuna's `WilcoxonPruner`; Wilcoxon, "Individual comparisons
by ranking methods", 1945). Trials are rebuilt from the standings at every decision.
"""

import warnings
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import next_blocks
from evolve.allocators.base import Allocator, Choice, InFlight, Propose
from evolve.standings import Floats, Standings

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


class Wilcoxon(Allocator):
    """Buys tasks in blocks for every candidate that the pruner keeps."""

    p_threshold: float = Field(default=0.1, gt=0, lt=1, description="The pruner's p-value.")
    # Up to 13 tasks scipy's test goes through all permutations, which takes a hundred times longer.
    startup: int = Field(default=16, ge=2, description="Tasks before anyone can be pruned.")
    block: int = Field(default=8, ge=1, description="Tasks bought between two looks.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        done = (standings.counts > 0).sum(axis=1)
        kept = self._kept(standings, done)
        choices: list[Choice] = []
        if len(kept) > 1 or can_propose or not done.any():
            why = f"{len(kept)} not pruned"
            least, block = self.startup, self.block
            choices += next_blocks(
                standings, in_flight, kept, least, block, self.trials, slots, why
            )
        decided = len(kept) <= 1 or not choices
        if can_propose and decided and len(choices) < slots and not in_flight.proposals:
            choices.append(Propose("all others are pruned"))
        return choices

    def _kept(self, standings: Standings, done: NDArray[np.int64]) -> list[int]:
        """Who is not pruned; whole blocks count, so that a block is tested once."""
        started = done >= min(self.startup, standings.tasks)
        if not started.any():
            return list(range(len(standings)))
        best = int(np.argmax(np.where(started, standings.mean, -1.0)))
        seen = standings.counts > 0
        steps = np.where(seen.all(axis=1), standings.tasks, np.argmin(seen, axis=1))
        shared = np.minimum(steps, steps[best])
        shared = np.where(shared == standings.tasks, shared, shared // self.block * self.block)
        repeats = standings.evaluations if self.trials > 1 else np.zeros(len(standings), dtype=int)
        return [
            candidate
            for candidate in range(len(standings))
            if candidate == best
            or not standings.remember(
                ("pruned", self, candidate),
                (best, int(shared[candidate]), int(repeats[candidate]), int(repeats[best])),
                partial(self._pruned, standings, candidate, best, int(shared[candidate])),
            )
        ]

    def _pruned(self, standings: Standings, candidate: int, best: int, steps: int) -> bool:
        """Whether optuna would prune a candidate, by the first so many tasks."""
        if steps < self.startup:
            return False
        scores = standings.scores[:, :steps]
        if scores[candidate].mean() >= scores[best].mean():
            return False
        from optuna import create_study, logging
        from optuna.exceptions import ExperimentalWarning
        from optuna.pruners import WilcoxonPruner

        verbosity = logging.get_verbosity()
        logging.set_verbosity(logging.WARNING)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                warnings.simplefilter("ignore", UserWarning)  # of steps only one trial has
                pruner = WilcoxonPruner(p_threshold=self.p_threshold, n_startup_steps=self.startup)
                study = create_study(direction="maximize")
                study.add_trial(_trial(scores[best], complete=True))
                return bool(pruner.prune(study, _trial(scores[candidate])))
        finally:
            logging.set_verbosity(verbosity)


def _trial(scores: Floats, complete: bool = False) -> "FrozenTrial":
    """A candidate as a trial whose steps are tasks."""
    from optuna.trial import TrialState, create_trial

    steps = {int(task): float(scores[task]) for task in np.flatnonzero(~np.isnan(scores))}
    if complete:
        value = float(np.mean(list(steps.values())))
        return create_trial(value=value, intermediate_values=steps)
    return create_trial(state=TrialState.RUNNING, intermediate_values=steps)
