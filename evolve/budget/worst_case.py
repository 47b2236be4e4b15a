"""Worst cases of purchases: one evaluation of each candidate, one proposal.

A single purchase starts only if its worst case fits, so no cap can be exceeded.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from archive.records import Usage
from evolve.budget.ledger import Spend
from evolve.budget.overruns import PROPOSALS, VERDICTS, Bound, Overruns, models_of
from evolve.models.base import Models
from evolve.runtime.bounds import worst_case
from evolve.standings.table import Floats
from evolve.tasks.base import TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

NO_CALLS = Usage()


class Observed(Protocol):
    """What results showed of the models so far."""

    @property
    def overruns(self) -> Overruns:
        """By how much replies outgrew their limits."""


class WorstCases:
    """The worst case of an evaluation of every candidate, as far as models are known."""

    def __init__(
        self,
        observed: Observed,
        models: Models,
        longest: TaskInput,
        proposing: Usage = NO_CALLS,
        toolbox: Toolbox | None = None,
        judging: Usage = NO_CALLS,
    ) -> None:
        """Starts without candidates.

        Args:
            observed: The observations of models so far.
            models: The models that candidates run on.
            longest: A task input with the most bytes, which bounds every other.
            proposing: The worst case of one proposal.
            toolbox: The tools that candidates' agents may name.
            judging: The worst case of scoring one answer.
        """
        self.cautious: list[Spend] = []
        """The worst case of each candidate if models without a result ignore their limits."""
        self._known: list[Spend] = []
        self._observed = observed
        self._models = models
        self._longest = longest
        self._proposing = Bound.of(proposing, 0, models)
        self._toolbox = toolbox
        self._judging = Bound.of(judging, 0, models)
        self._bounds: list[tuple[Bound, frozenset[str]]] = []
        self._table = np.zeros((16, len(Spend._fields)))

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Spend]:
        return iter(self._known)

    def __getitem__(self, candidate: int) -> Spend:
        return self._known[candidate]

    @property
    def rows(self) -> Floats:
        """Shape (candidates, quantities); USD are 0 where a price is unknown."""
        return self._table[: len(self)]

    @property
    def trusted(self) -> bool:
        """Whether all models keep their limits and answer every call."""
        return self._models.trusted

    def of(self, config: SystemConfig) -> Spend:
        """The worst case of one evaluation of a configuration."""
        return self._evaluation(self._bound(config), models_of(config))

    def proposal(self, *, cautious: bool = False) -> Spend:
        """The worst case of one proposal."""
        return self._stretched(self._proposing, [PROPOSALS], cautious)

    def add(self, config: SystemConfig) -> None:
        """Adds the next candidate."""
        self._bounds.append((self._bound(config), models_of(config)))
        if len(self._bounds) > len(self._table):
            self._table = np.resize(self._table, (2 * len(self._table), len(Spend._fields)))
        self._known.append(Spend())
        self.cautious.append(Spend())
        self._update(len(self) - 1)

    def revise(self) -> None:
        """Bounds every candidate anew, after more was observed of the length of replies."""
        for candidate in range(len(self)):
            self._update(candidate)

    def _update(self, candidate: int) -> None:
        bound, models = self._bounds[candidate]
        known = self._evaluation(bound, models)
        self._known[candidate] = known
        self.cautious[candidate] = self._evaluation(bound, models, cautious=True)
        self._table[candidate] = [amount or 0 for amount in known]

    def _bound(self, config: SystemConfig) -> Bound:
        worst = worst_case(config, self._longest, self._models, self._toolbox)
        return Bound.of(worst, 1, self._models)

    def _evaluation(self, bound: Bound, models: Iterable[str], *, cautious: bool = False) -> Spend:
        whole = self._stretched(bound, models, cautious)
        if not self._judging.whole.calls:
            return whole
        return whole.plus(self._stretched(self._judging, [VERDICTS], cautious))

    def _stretched(self, bound: Bound, models: Iterable[str], cautious: bool) -> Spend:
        """A bound as far as models were observed; cautiously, unknown ones overrun their limits."""
        overruns = self._observed.overruns
        times = overruns.factor(models)
        if cautious and not self.trusted and not overruns.covers(models):
            times = max(times, bound.unlimited)
        return bound.stretched(times)
