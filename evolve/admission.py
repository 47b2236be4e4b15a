"""Who can be afforded: what an evaluation may cost at worst, and what confirming may take.

A single evaluation is bounded by its worst case, so no cap can be broken. Confirming is set aside
by what evaluations of the contenders surely cost less than, as the standings believe; its worst
case would be many times that, and would leave little to search with. Contenders are those who would
likely be chosen if the search ended now: whoever else overtakes them later can win as long as
confirming that one fits, which is looked at again when the winner is named.
"""

import math

import numpy as np
from numpy.typing import NDArray

from evolve.ledger import NOTHING, Spend
from evolve.models.base import Models
from evolve.objective import Objective
from evolve.runtime.bounds import worst_case
from evolve.state import SearchState
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

MARGIN = 3.0
"""Relative standard errors that a set-aside lies above the mean where no cost is known."""

CONTENDER_DEVIATIONS = 0.5
"""How far below the best mean, in its own deviations, a candidate is a contender."""


class Admission:
    """Bounds evaluations, and keeps enough set aside to confirm whoever wins."""

    def __init__(
        self,
        state: SearchState,
        objective: Objective,
        models: Models,
        longest: TaskInput,
        confirmed_tasks: int,
        proposing: Spend = NOTHING,
        toolbox: Toolbox | None = None,
        judging: Spend = NOTHING,
    ) -> None:
        """Starts with nobody admitted.

        Args:
            state: What is known of candidates and spend; its ledger keeps the set-aside.
            objective: What the winner is chosen by.
            models: What candidates run on.
            longest: A task input with the most bytes, which bounds every other.
            confirmed_tasks: How many sealed tasks confirming takes, for each of two systems.
            proposing: The worst case of one proposal.
            toolbox: The tools that candidates' agents may name.
            judging: The worst case of scoring one answer.
        """
        self.worst: list[Spend] = []
        self._table = np.zeros((0, len(Spend._fields)))
        self.proposing = proposing
        self.confirmed_tasks = confirmed_tasks
        self._state = state
        self._objective = objective
        self._models = models
        self._longest = longest
        self._toolbox = toolbox
        self._judging = judging

    def bound(self, config: SystemConfig) -> Spend:
        """The worst case of one evaluation of a configuration."""
        worst = worst_case(config, self._longest, self._models, self._toolbox)
        return Spend.of(worst, 1).plus(self._judging)

    def admit(self, config: SystemConfig) -> None:
        """Admits the next candidate."""
        self.worst.append(self.bound(config))

    def affordable(self) -> NDArray[np.bool_]:
        """Whose evaluation fits when nothing else is under way, (candidates,)."""
        if len(self._table) != len(self.worst):
            rows = [[amount or 0 for amount in worst] for worst in self.worst]
            self._table = np.array(rows, dtype=np.float64)
        room = np.array(self._state.ledger.room)
        return np.asarray(np.all(self._table <= room, axis=1), dtype=np.bool_)

    def set_aside(self) -> None:
        """Sets aside what confirming the winner beside the best seed may take, as known now."""
        self._state.ledger.set_aside = self._confirming(self._contenders())

    def can_confirm(self, candidate: int) -> bool:
        """Whether what is left covers confirming this candidate beside the best seed."""
        return self._state.ledger.fits(NOTHING, set_aside=self._confirming([candidate]))

    def _confirming(self, candidates: list[int]) -> Spend:
        """The dearest candidate and the best seed, on every task that confirming takes.

        The last of these evaluations, too, starts only if its worst case fits.
        """
        best_seed = self._state.best_seed()
        dearest, worst = Spend(evaluations=1), self.worst[best_seed]
        for candidate in candidates:
            dearest = dearest.largest(self._expected(candidate))
            worst = worst.largest(self.worst[candidate])
        expected = dearest.plus(self._expected(best_seed)).times(self.confirmed_tasks)
        return expected.plus(worst._replace(evaluations=0)) if self.confirmed_tasks else expected

    def _contenders(self) -> list[int]:
        """Who may still win."""
        standings = self._state.standings
        able = standings.evaluations > 0
        if self._objective.cost_at_most is not None:
            able &= ~(standings.usd > self._objective.cost_at_most)
        able_ones = np.flatnonzero(able)
        if not len(able_ones):
            return []
        mean, deviation = standings.mean[able_ones], standings.deviation[able_ones]
        close = mean + CONTENDER_DEVIATIONS * deviation >= mean.max()
        return [int(candidate) for candidate in able_ones[close]]

    def _expected(self, candidate: int) -> Spend:
        """What an evaluation surely takes less than; nothing is known before the first one."""
        used = self._state.used[candidate]
        if not used.evaluations:
            return Spend(evaluations=1)
        factor = self._margin(candidate, used) / used.evaluations
        worst = self.worst[candidate]
        return Spend(
            None if used.usd is None or worst.usd is None else min(used.usd * factor, worst.usd),
            1,
            min(math.ceil(used.calls * factor), worst.calls),
            min(math.ceil(used.tokens * factor), worst.tokens),
        )

    def _margin(self, candidate: int, used: Spend) -> float:
        """How much more than so far evaluations of a candidate may take."""
        most = float(self._state.standings.costs.bounds[1][candidate])
        if not used.usd or not math.isfinite(most):  # unknown, as where no answer was scored yet
            return 1 + MARGIN / math.sqrt(used.evaluations)
        return max(1.0, most * used.evaluations / used.usd)
