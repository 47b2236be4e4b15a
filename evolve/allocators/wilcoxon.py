"""Optuna's Wilcoxon pruner, applied between tasks.

A candidate is evaluated task by task in the shared order and dropped when a signed-rank test says
that it is worse than the best so far (optuna's `WilcoxonPruner`; Wilcoxon, "Individual comparisons
by ranking methods", 1945). Trials are rebuilt from the standings at every decision.
"""

import warnings
from functools import cached_property
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


TESTS_KEPT = 10_000
"""Results of tests that are kept, at most."""


class Wilcoxon(Allocator):
    """Buys tasks in blocks for every candidate that the pruner keeps."""

    p_threshold: float = Field(default=0.1, gt=0, lt=1, description="The pruner's p-value.")
    # Up to 13 tasks scipy's test goes through all permutations, which takes a hundred times longer.
    startup: int = Field(default=16, ge=2, description="Tasks before a candidate can be pruned.")
    block: int = Field(default=8, ge=1, description="Tasks bought between two tests.")

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
        """The candidates that are not pruned; only whole blocks count, so each is tested once."""
        started = done >= min(self.startup, standings.tasks)
        if not started.any():
            return list(range(len(standings)))
        best = int(np.argmax(np.where(started, standings.mean, -1.0)))
        seen = standings.counts > 0
        steps = np.where(seen.all(axis=1), standings.tasks, np.argmin(seen, axis=1))
        shared = np.minimum(steps, steps[best])
        shared = np.where(shared == standings.tasks, shared, shared // self.block * self.block)
        scores = standings.scores
        return [
            candidate
            for candidate in range(len(standings))
            if candidate == best
            or not self._is_pruned(scores[[candidate, best], : int(shared[candidate])])
        ]

    @cached_property
    def _known(self) -> dict[bytes, bool]:
        """Cached test results by the bytes of the tested scores."""
        return {}

    def _is_pruned(self, scores: Floats) -> bool:
        """Whether Optuna would prune a candidate.

        Args:
            scores: Its scores and those of the best on the same first tasks, (2, tasks).
        """
        if scores.shape[1] < self.startup or scores[0].mean() >= scores[1].mean():
            return False
        if len(self._known) >= TESTS_KEPT:
            self._known.clear()
        key = scores.tobytes()
        if key not in self._known:
            self._known[key] = self._test(scores)
        return self._known[key]

    def _test(self, scores: Floats) -> bool:
        """Applies the pruner to a candidate's scores and those of the best, (2, tasks)."""
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
                study.add_trial(_trial(scores[1], complete=True))
                return bool(pruner.prune(study, _trial(scores[0])))
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
