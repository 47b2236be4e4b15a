"""Who can be afforded: what an evaluation may cost at worst, and what is set aside for confirming.

A single evaluation is bounded by its worst case, so no cap can be broken. What confirming may take
is said by `evolve.confirming`, and kept from the search.
"""

from collections.abc import Iterable
from operator import le

import numpy as np
from numpy.typing import NDArray

from archive.records import Usage
from evolve.confirming import Confirming
from evolve.excess import PROPOSALS, VERDICTS, Bound, models_of
from evolve.ledger import NOTHING, Spend
from evolve.models.base import Models
from evolve.objective import Objective
from evolve.runtime.bounds import worst_case
from evolve.state import SearchState
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

NO_CALLS = Usage()


class Admission:
    """Bounds evaluations, and keeps enough set aside to confirm whoever wins."""

    def __init__(
        self,
        state: SearchState,
        objective: Objective,
        models: Models,
        longest: TaskInput,
        confirmed_tasks: int,
        proposing: Usage = NO_CALLS,
        toolbox: Toolbox | None = None,
        judging: Usage = NO_CALLS,
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
        self._models = models
        self._longest = longest
        self._proposing = Bound.of(proposing, 0, models)
        self._toolbox = toolbox
        self._judging = Bound.of(judging, 0, models)
        self._bounds: list[Bound] = []
        self._runs_on: list[frozenset[str]] = []
        self._feared: list[Spend] = []
        self._revised = 0
        self._table = np.zeros((16, len(Spend._fields)))
        self._least = self._most = [0.0] * len(Spend._fields)
        self._confirming = Confirming(state, objective, confirmed_tasks)

    def bound(self, config: SystemConfig) -> Spend:
        """The worst case of one evaluation of a configuration, as far as models are known."""
        return self._evaluation(self._bound(config), models_of(config))

    @property
    def proposing(self) -> Spend:
        """The worst case of one proposal, as far as models are known."""
        return self._stretched(self._proposing, [PROPOSALS])

    def feared(self, candidate: int | None) -> Spend:
        """The worst case of an evaluation, or of a proposal, if unknown models keep no limits."""
        if candidate is None:
            return self._stretched(self._proposing, [PROPOSALS], feared=True)
        return self._feared[candidate]

    def admit(self, config: SystemConfig) -> None:
        """Admits the next candidate."""
        self._bounds.append(self._bound(config))
        self._runs_on.append(models_of(config))
        self.worst.append(self.bound(config))
        self._feared.append(self._evaluation(self._bounds[-1], self._runs_on[-1], feared=True))
        if len(self.worst) > len(self._table):
            self._table = np.resize(self._table, (2 * len(self._table), len(Spend._fields)))
        self._table[len(self.worst) - 1] = _row(self.worst[-1])
        self._look()

    def revise(self) -> None:
        """Bounds everybody anew, when more is known of how long replies get."""
        for candidate, (bound, models) in enumerate(zip(self._bounds, self._runs_on, strict=True)):
            self.worst[candidate] = self._evaluation(bound, models)
            self._feared[candidate] = self._evaluation(bound, models, feared=True)
            self._table[candidate] = _row(self.worst[candidate])
        self._revised += 1
        self._look()

    def _look(self) -> None:
        """Looks at who takes least and who most."""
        self._least = self._worst.min(axis=0).tolist()
        self._most = self._worst.max(axis=0).tolist()

    def affordable(self) -> NDArray[np.bool_]:
        """Whose evaluation fits when nothing else is under way, (candidates,)."""
        if self._all_fit:
            return np.ones(len(self.worst), dtype=bool)
        fits: NDArray[np.bool_] = np.all(self._worst <= self._state.ledger.room, axis=1)
        return fits

    @property
    def stints(self) -> bool:
        """Whether the budget allows no evaluation of somebody who may win and has tasks left."""
        return not self.affordable()[self._unsettled].all()

    @property
    def _all_fit(self) -> bool:
        """Whether even the dearest evaluation does; mostly so, and seen sooner than who does."""
        return all(map(le, self._most, self._state.ledger.room))

    def at_once(self, candidates: NDArray[np.bool_]) -> float:
        """How many evaluations of some candidates fit beside what is under way, at most."""
        number = np.count_nonzero(candidates)
        if not number:
            return 0.0
        ledger, cheapest = self._state.ledger, self._least
        if number < len(self.worst):
            cheapest = self._worst[candidates].min(axis=0).tolist()
        amounts = zip(ledger.room, ledger.reserved, cheapest, strict=True)
        return max(0.0, min((room - (taken or 0)) / each for room, taken, each in amounts if each))

    def set_aside(self) -> None:
        """Sets aside what confirming the winner beside the best seed may take, as known now.

        As long as that leaves nothing to buy with, the dearer half of those who may win is left
        out, but never the best: whoever is left out can win if enough turns out to be left.
        """
        ledger, known = self._state.ledger, self._confirming
        known.look(self._worst, self._revised)
        ledger.set_aside = known.takes()
        while not self._can_buy() and known.narrow():
            ledger.set_aside = known.takes()
        self.feared_aside = ledger.set_aside if self._models.vouched else known.feared()

    def can_confirm(self, candidate: int, *, beside: int) -> bool:
        """Whether what is left covers confirming this candidate beside that seed."""
        takes = self._confirming.takes_of(candidate, beside, self._worst)
        # What may be lost on the way is part of what it takes.
        return self._state.ledger.fits(NOTHING, set_aside=takes, last=True)

    def seconds_to_end(self, slots: int) -> float:
        """How long what is under way and then confirming may take, at the pace so far."""
        return self._confirming.seconds(slots)

    def seconds_of(self, candidate: int) -> float:
        """What an evaluation of a candidate mostly takes at most, in seconds."""
        return self._confirming.seconds_of(candidate)

    @property
    def _worst(self) -> NDArray[np.float64]:
        return self._table[: len(self.worst)]

    def _can_buy(self) -> bool:
        """Whether anybody can be afforded who may win and has tasks left, or else anybody."""
        if self._all_fit:
            return True
        able, left = self.affordable(), self._unsettled
        return bool(able[left].any() if len(left) else able.any())

    @property
    def _unsettled(self) -> NDArray[np.int64]:
        """Who may win and has tasks left."""
        winners, standings = self._confirming.widest, self._state.standings
        return winners[standings.evaluations[winners] < standings.tasks]

    def _bound(self, config: SystemConfig) -> Bound:
        worst = worst_case(config, self._longest, self._models, self._toolbox)
        return Bound.of(worst, 1, self._models)

    def _evaluation(self, bound: Bound, models: Iterable[str], *, feared: bool = False) -> Spend:
        whole = self._stretched(bound, models, feared=feared)
        if not self._judging.whole.calls:
            return whole
        return whole.plus(self._stretched(self._judging, [VERDICTS], feared=feared))

    def _stretched(self, bound: Bound, models: Iterable[str], *, feared: bool = False) -> Spend:
        """A bound as models are believed to keep limits, or as unknown ones are feared to ramble.

        Nobody fears models that are not paid for.
        """
        excess = self._state.excess
        times = excess.known(models)
        if feared and not self._models.vouched and not excess.knows(models):
            times = max(times, bound.rambling)
        return bound.stretched(times)


def _row(worst: Spend) -> list[float]:
    return [amount or 0 for amount in worst]
