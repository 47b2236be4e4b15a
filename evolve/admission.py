"""Who can be afforded: what an evaluation may cost at worst, and what confirming may take.

A single evaluation is bounded by its worst case, so no cap can be broken. Confirming is set aside
by what evaluations of the contenders surely cost less than, as the standings believe; its worst
case would be many times that, and would leave little to search with. Contenders are those who would
likely be chosen if the search ended now: whoever else overtakes them later can win as long as
confirming that one fits, which is looked at again when the winner is named.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from evolve.excess import PROPOSALS, VERDICTS, models_of
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

LATE = 1.25
"""How much slower than the slowest so far purchases may be."""

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
        self.feared_aside = NOTHING
        """What to set aside beside several purchases, before it is known what one takes."""
        self.confirmed_tasks = confirmed_tasks
        self._state = state
        self._objective = objective
        self._models = models
        self._longest = longest
        self._proposing = proposing
        self._toolbox = toolbox
        self._judging = judging
        self._bounds: list[Spend] = []
        self._runs_on: list[frozenset[str]] = []
        self._table = np.zeros((0, len(Spend._fields)))

    def bound(self, config: SystemConfig) -> Spend:
        """The worst case of one evaluation of a configuration, as far as models are known."""
        excess = self._state.excess
        return self._evaluation(self._bound(config), models_of(config), excess.known)

    @property
    def proposing(self) -> Spend:
        """The worst case of one proposal, as far as models are known."""
        return self._proposing.stretched(self._state.excess.known([PROPOSALS]))

    def feared(self, candidate: int | None) -> Spend:
        """The worst case of an evaluation, or of a proposal, if unknown models keep no limits."""
        excess = self._state.excess
        fear = excess.feared if self._models.paid else excess.known
        if candidate is None:
            return self._proposing.stretched(fear([PROPOSALS]))
        return self._evaluation(self._bounds[candidate], self._runs_on[candidate], fear)

    def admit(self, config: SystemConfig) -> None:
        """Admits the next candidate."""
        self._bounds.append(self._bound(config))
        self._runs_on.append(models_of(config))
        self.worst.append(self.bound(config))
        if len(self.worst) > len(self._table):
            longer = max(64, 2 * len(self.worst))
            self._table = np.resize(self._table, (longer, len(Spend._fields)))
        self._table[len(self.worst) - 1] = _row(self.worst[-1])

    def revise(self) -> None:
        """Bounds everybody anew, when more is known of how long replies get."""
        for candidate, (bound, models) in enumerate(zip(self._bounds, self._runs_on, strict=True)):
            self.worst[candidate] = self._evaluation(bound, models, self._state.excess.known)
            self._table[candidate] = _row(self.worst[candidate])

    def _bound(self, config: SystemConfig) -> Spend:
        return Spend.of(worst_case(config, self._longest, self._models, self._toolbox), 1)

    def _evaluation(
        self, bound: Spend, models: Iterable[str], times: Callable[[Iterable[str]], float]
    ) -> Spend:
        judging = self._judging.stretched(times([VERDICTS]) if self._judging.calls else 1.0)
        return bound.stretched(times(models)).plus(judging)

    def affordable(self) -> NDArray[np.bool_]:
        """Whose evaluation fits when nothing else is under way, (candidates,)."""
        room = np.array(self._state.ledger.room)
        fits = np.all(self._table[: len(self.worst)] <= room, axis=1)
        return np.asarray(fits, dtype=np.bool_)

    def seconds_to_end(self, slots: int) -> float:
        """How long what is under way and then confirming may take, as slow as the slowest yet."""
        slowest = self._state.slowest
        turns = math.ceil(2 * self.confirmed_tasks / slots)
        needed = max(slowest.values(), default=0.0) + turns * slowest.get("search", 0.0)
        return LATE * needed

    def set_aside(self) -> None:
        """Sets aside what confirming the winner beside the best seed may take, as known now.

        As long as that leaves nothing to buy with, the dearer half of the contenders is left out,
        but never the best: whoever is left out can win if enough turns out to be left.
        """
        ledger, contenders = self._state.ledger, self._contenders()
        ledger.set_aside = self._confirming(contenders)
        open_ones = self._open(contenders)
        while len(contenders) > 1 and not self.affordable()[open_ones].any():
            contenders = self._cheaper_half(contenders)
            ledger.set_aside = self._confirming(contenders)
        self.feared_aside = ledger.set_aside
        if self._models.paid:
            self.feared_aside = self._confirming(contenders, feared=True)

    def can_confirm(self, candidate: int) -> bool:
        """Whether what is left covers confirming this candidate beside the best seed."""
        return self._state.ledger.fits(NOTHING, set_aside=self._confirming([candidate]))

    def _confirming(self, candidates: list[int], *, feared: bool = False) -> Spend:
        """The dearest candidate and the best seed, on every task that confirming takes.

        The last of these evaluations, too, starts only if its worst case fits.

        Args:
            candidates: Who may win.
            feared: Whether a seed of which nothing is known counts with its worst case.
        """
        best_seed = self._state.best_seed()
        seed, worst = self._expected(best_seed), self.worst[best_seed]
        if feared and not self._state.used[best_seed].evaluations:
            seed = worst
        dearest = seed if feared else Spend(evaluations=1)
        for candidate in candidates:
            dearest = dearest.largest(self._expected(candidate))
            worst = worst.largest(self.worst[candidate])
        expected = dearest.plus(seed).times(self.confirmed_tasks)
        if not self.confirmed_tasks:
            return expected
        spare = self._state.ledger.allowance(expected.calls)
        return expected.plus(worst._replace(evaluations=0)).plus(spare)

    def _open(self, contenders: list[int]) -> list[int]:
        """Whose evaluation could be wanted: contenders with tasks left, or else anybody."""
        evaluations, tasks = self._state.standings.evaluations, self._state.standings.tasks
        left = [candidate for candidate in contenders if evaluations[candidate] < tasks]
        return left or list(range(len(self.worst)))

    def _cheaper_half(self, contenders: list[int]) -> list[int]:
        """The cheaper half of the contenders, and the one that stands best."""
        best = contenders[int(np.argmax(self._state.standings.mean[contenders]))]
        others = sorted(set(contenders) - {best}, key=self._price)
        return [best, *others[: len(others) // 2]]

    def _price(self, candidate: int) -> tuple[float, int, int]:
        """What contenders are ordered by."""
        expected = self._expected(candidate)
        return expected.usd or 0.0, expected.calls, candidate

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
        unsure = 1 + MARGIN / math.sqrt(used.evaluations)
        factor = self._margin(candidate, used) / used.evaluations
        worst = self.worst[candidate]
        return Spend(
            None if used.usd is None or worst.usd is None else min(used.usd * factor, worst.usd),
            1,
            min(math.ceil(used.calls / used.evaluations * unsure), worst.calls),
            min(math.ceil(used.tokens * factor), worst.tokens),
        )

    def _margin(self, candidate: int, used: Spend) -> float:
        """How much more than so far evaluations of a candidate may take."""
        most = float(self._state.standings.costs.bounds[1][candidate])
        if not used.usd or not math.isfinite(most):  # unknown, as where no answer was scored yet
            return 1 + MARGIN / math.sqrt(used.evaluations)
        return max(1.0, most * used.evaluations / used.usd)


def _row(worst: Spend) -> list[float]:
    return [amount or 0 for amount in worst]
