"""Two systems of some are confirmed: what that takes if it may be any of them.

Evaluations count with what they surely cost less than, as the standings believe; their worst case
would be many times that, and would leave little to search with.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.expected import CALLS, USD, Expected
from evolve.ledger import NOTHING, Spend
from evolve.standings.table import Floats

FEW = 8
"""Evaluations below which what another one surely takes less than is many times the mean."""

Numbers = NDArray[np.int64]

_ONCE = np.array(Spend(evaluations=1), dtype=np.float64)


class Looked(NamedTuple):
    """Some candidates, and in rows what an evaluation of each takes."""

    candidates: Numbers
    expected: Expected
    worst: Floats

    @classmethod
    def at(cls, candidates: Numbers, expected: Expected, worst: Floats) -> "Looked":
        """Some candidates, by what is expected of them and everybody's worst case."""
        most = worst[candidates]
        sure, usual = np.fmin(expected.sure, most), np.fmin(expected.usual, most)
        return cls(candidates, Expected(sure, usual, expected.times), most)

    def only(self, rows: slice | Numbers) -> "Looked":
        """Some of them."""
        return Looked(self.candidates[rows], self.expected.only(rows), self.worst[rows])

    def cautiously(self, caution: float) -> "Looked":
        """The same if costs that far from the usual ones (0) to the sure ones (1) were sure."""
        sure, usual, _ = self.expected
        costs = (1 - caution) * usual + caution * sure
        return self._replace(expected=self.expected._replace(sure=costs))

    def cheaper_half(self, means: Floats) -> "Looked":
        """The cheaper half of them, and the one with the best of all candidates' means."""
        if not len(self.candidates):
            return self
        best, sure = int(np.argmax(means[self.candidates])), self.expected.sure
        order = np.lexsort((self.candidates, sure[:, CALLS], sure[:, USD]))
        others = order[order != best]
        return self.only(np.array([best, *others[: len(others) // 2]]))


class Contest:
    """Who may win and which seeds may be the best: one of each is confirmed."""

    def __init__(
        self,
        winners: Looked,
        seeds: Looked,
        means: Floats,
        tasks: int,
        *,
        alone: bool = False,
        least: Spend = NOTHING,
    ) -> None:
        """Is made of what was looked at.

        Args:
            winners: Who may win.
            seeds: Who may be the best seed.
            means: How good all candidates are, by their numbers.
            tasks: On how many tasks.
            alone: Whether the winner is the seed, which is confirmed once.
            least: What confirming takes anyway.
        """
        self.winners = winners
        self.seeds = seeds
        self._means = means
        self._tasks = tasks
        self._alone = alone
        self._least = least

    @cached_property
    def narrower(self) -> "Contest | None":
        """The same without the dearer half, but never without the best; None if there is none."""
        if len(self.winners.candidates) < 2 and len(self.seeds.candidates) < 2:
            return None
        winners, seeds = (one.cheaper_half(self._means) for one in (self.winners, self.seeds))
        return Contest(winners, seeds, self._means, self._tasks)

    def hoped(self, least: Spend) -> "Contest | None":
        """The same at usual costs, as long as few evaluations let sure ones be many times those.

        Args:
            least: What confirming somebody takes anyway.
        """
        times = np.concatenate([one.expected.times for one in (self.winners, self.seeds)])
        if not ((times > 0) & (times < FEW)).any():
            return None
        hoped = self.winners.cautiously(0), self.seeds.cautiously(0)
        return Contest(*hoped, self._means, self._tasks, least=least)

    @cached_property
    def worst(self) -> Floats:
        """The worst case of any evaluation."""
        return np.maximum(_most(self.winners.worst), _most(self.seeds.worst))

    @cached_property
    def pair(self) -> Floats:
        """What evaluating a winner and a seed on one task takes together."""
        seed = _most(self.seeds.expected.sure)
        if self._alone:
            return seed
        both: Floats = seed + np.maximum(_most(self.winners.expected.sure), _ONCE)
        return both

    @cached_property
    def takes(self) -> Spend:
        """The dearest of who may win and of the seeds, on every task.

        The last of these evaluations, too, starts only if its worst case fits.
        """
        return self._on_all_tasks(self.pair)

    @cached_property
    def feared(self) -> Spend:
        """The same if a seed of which nothing is known counts with its worst case.

        A winner costs no less than a seed then.
        """
        (sure, _, times), worst = self.seeds.expected, self.seeds.worst
        seed = _most(np.where(times[:, None] > 0, sure, worst))
        return self._on_all_tasks(seed + np.maximum(_most(self.winners.expected.sure), seed))

    def _on_all_tasks(self, pair: Floats) -> Spend:
        if not self._tasks:
            return Spend()
        takes = _spend(self._tasks * pair).plus(_spend(self.worst)._replace(evaluations=0))
        return takes.largest(self._least)


def _most(rows: Floats) -> Floats:
    """The largest of every column; 0 where there are no rows."""
    most: Floats = np.maximum.reduce(rows, axis=0, initial=0.0)
    return most


def _spend(row: Floats) -> Spend:
    usd, evaluations, calls, tokens = row.tolist()
    return Spend(usd, int(evaluations), int(calls), int(tokens))
