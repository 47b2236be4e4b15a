"""What confirming the winner beside the best seed may take, while nobody knows yet who that is.

Evaluations of who may win, and of the seeds that may be the best, count with what they surely cost
less than, as the standings believe; their worst case would be many times that, and would leave
little to search with. Who may win are those who would likely be chosen if the search ended now:
whoever else overtakes them later can win as long as confirming that one fits, which is looked at
again when the winner is named.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.ledger import Spend
from evolve.objective import Objective
from evolve.state import SearchState

MARGIN = 3.0
"""Relative standard errors that a set-aside lies above the mean where no cost is known."""

LATE = 1.25
"""How much slower than so far purchases may be."""

LONG = 1.5
"""How many times its mean an evaluation mostly takes at most."""

CLOSE = 0.5
"""How far below the best mean, in its own deviations, a candidate may still win."""

SEEDS_CLOSE = 2.0
"""The same for the best seed: unlike a winner, it cannot be another one where it is too dear."""

USD, EVALUATIONS, CALLS, TOKENS = range(len(Spend._fields))

Numbers = NDArray[np.int64]
Table = NDArray[np.float64]
"""A row for each candidate, a column for each capped quantity."""

_NOBODY: Numbers = np.zeros(0, dtype=np.int64)
_ONCE = np.array(Spend(evaluations=1), dtype=np.float64)


class Looked(NamedTuple):
    """Some candidates, and in rows what an evaluation of each takes."""

    candidates: Numbers
    expected: Table
    worst: Table
    evaluated: NDArray[np.bool_]

    def only(self, rows: slice | Numbers) -> "Looked":
        """Some of them."""
        return Looked(
            self.candidates[rows], self.expected[rows], self.worst[rows], self.evaluated[rows]
        )


class Confirming:
    """Looks at who may win, and says what confirming them takes."""

    def __init__(self, state: SearchState, objective: Objective, tasks: int) -> None:
        """Has looked at nobody yet; `look` or `name` comes first.

        Args:
            state: What is known of candidates and spend.
            objective: What the winner is chosen by.
            tasks: How many sealed tasks are used, for each of two systems.
        """
        self._state = state
        self._objective = objective
        self._tasks = tasks
        self._winners: Looked
        self._seeds: Looked
        self._alone = False
        self._closest = _NOBODY, _NOBODY
        self._closest_as_of: tuple[int, ...] = ()

    def look(self, worst: Table) -> None:
        """Looks at who may win, and which seed may be the best.

        Args:
            worst: The worst case of an evaluation of each candidate.
        """
        standings, most = self._state.standings, self._objective.cost_at_most
        evaluated = int(np.count_nonzero(standings.evaluations))
        told = 0 if most is None else standings.told
        as_of = len(standings), standings.fitted_at, evaluated, told
        if as_of != self._closest_as_of:
            able = standings.evaluations > 0
            if most is not None:
                able &= ~(standings.usd > most)
            winners = self._close(able.nonzero()[0], CLOSE)
            self._closest = winners, self._close(np.array(self._state.seeds), SEEDS_CLOSE)
            self._closest_as_of = as_of
        self._look(*self._closest, worst)
        self._alone = False

    def name(self, winner: int, worst: Table) -> None:
        """Looks at one winner beside the best seed, or at that one alone."""
        seed = self._state.best_seed()
        self._look(np.array([winner]), np.array([seed]), worst)
        self._alone = winner == seed

    @property
    def winners(self) -> Numbers:
        """Who may win."""
        return self._winners.candidates

    @property
    def can_narrow(self) -> bool:
        """Whether there is anybody beside the best whom one could leave out."""
        return len(self._winners.candidates) > 1 or len(self._seeds.candidates) > 1

    def narrow(self) -> None:
        """Leaves the dearer half out, but never the best."""
        self._winners = self._cheaper_half(self._winners)
        self._seeds = self._cheaper_half(self._seeds)

    def takes(self, *, feared: bool = False) -> Spend:
        """The dearest of who may win and of the seeds, on every task.

        The last of these evaluations, too, starts only if its worst case fits.

        Args:
            feared: Whether a seed of which nothing is known counts with its worst case, and the
                winner costs no less than the seed.
        """
        if not self._tasks:
            return Spend()
        expected = _spend(self._tasks * self._pair(feared=feared))
        worst = _spend(self._worst)
        spare = self._state.ledger.allowance(expected.calls)
        return expected.plus(worst._replace(evaluations=0)).plus(spare)

    def seconds(self, slots: int) -> float:
        """How long what is under way and then confirming may take; 0 where time has no cap.

        What is under way ends as late as the slowest so far, and so does the last evaluation. The
        others follow each other at the mean pace of the slowest system, as many at once as their
        worst cases leave room for.
        """
        slowest = self._state.slowest
        if self._state.ledger.budget.seconds is None:
            return 0.0
        longest = max(slowest.values(), default=0.0)
        if not (self._tasks and len(self.winners)):
            return LATE * longest
        left = np.arange(2 * self._tasks, 0, -1)
        at_once = np.clip(self._at_once(left), 1, slots)
        turns = float(np.sum(1 / at_once[at_once < left]))
        return LATE * (longest + turns * self._pace + slowest.get("search", 0.0))

    def _at_once(self, left: Numbers) -> Table:
        """How many worst cases fit at once if the search ends now, while so many are left."""
        ledger, made = self._state.ledger, 2 * self._tasks - left
        taken = ledger.settled.plus(ledger.reserved)
        each, worst = self._pair(feared=False) / 2, self._worst
        fits = [np.full(len(left), math.inf)]
        for place, name in enumerate(Spend._fields):
            cap = getattr(ledger.budget, name)
            if cap is not None and worst[place]:
                room = cap - (getattr(taken, name) or 0.0) - made * each[place]
                fits.append(room / worst[place])
        at_once: Table = np.min(fits, axis=0)
        return at_once

    def seconds_of(self, candidate: int) -> float:
        """What an evaluation of a candidate mostly takes at most."""
        return LONG * self._mean_seconds(candidate)

    def _mean_seconds(self, candidate: int) -> float:
        return self._state.seconds[candidate] / max(1, self._state.used[candidate].evaluations)

    @property
    def _pace(self) -> float:
        """The mean seconds of an evaluation of the slowest system that may be confirmed."""
        everybody = [*self.winners.tolist(), *self._seeds.candidates.tolist()]
        return max(map(self._mean_seconds, everybody))

    @property
    def _worst(self) -> Table:
        """The worst case of any evaluation."""
        return np.maximum(_most(self._winners.worst), _most(self._seeds.worst))

    def _pair(self, *, feared: bool) -> Table:
        """What evaluating a winner and a seed on one task takes together."""
        seeds = self._seeds.expected
        if feared:
            seeds = np.where(self._seeds.evaluated[:, None], seeds, self._seeds.worst)
        seed = _most(seeds)
        if self._alone:
            return seed
        both: Table = seed + np.maximum(_most(self._winners.expected), seed if feared else _ONCE)
        return both

    def _close(self, candidates: Numbers, within: float) -> Numbers:
        """Those of some candidates who may be the best of them, within so many deviations."""
        if not len(candidates):
            return candidates
        means, deviations = self._state.standings.at_last_fit
        mean, deviation = means[candidates], deviations[candidates]
        close: Numbers = candidates[mean + within * deviation >= mean.max()]
        return close

    def _cheaper_half(self, some: Looked) -> Looked:
        """The cheaper half of some candidates, and the one that stands best."""
        if not len(some.candidates):
            return some
        means, _ = self._state.standings.at_last_fit
        best = int(np.argmax(means[some.candidates]))
        order = np.lexsort((some.candidates, some.expected[:, CALLS], some.expected[:, USD]))
        others = order[order != best]
        return some.only(np.array([best, *others[: len(others) // 2]]))

    def _look(self, winners: Numbers, seeds: Numbers, worst: Table) -> None:
        everybody = np.concatenate([winners, seeds])
        looked = self._costs(everybody, worst[everybody])
        self._winners = looked.only(slice(len(winners)))
        self._seeds = looked.only(slice(len(winners), None))

    def _costs(self, candidates: Numbers, worst: Table) -> Looked:
        """What an evaluation surely takes less than; nothing is known before the first one."""
        used = self._state.used.rows[candidates]
        evaluated = used[:, EVALUATIONS] > 0
        times = np.maximum(used[:, EVALUATIONS], 1)
        unsure = 1 + MARGIN / np.sqrt(times)
        # The standings know no cost where no price is, or where no answer was scored yet.
        most = self._state.standings.costs.bounds[1][candidates] * times
        known = np.isfinite(most) & (used[:, USD] > 0)
        margin = np.maximum(1, np.divide(most, used[:, USD], out=unsure.copy(), where=known))
        expected = used / times[:, None]
        expected[:, USD] *= margin
        expected[:, EVALUATIONS] = 1
        expected[:, CALLS] = np.ceil(expected[:, CALLS] * unsure)
        expected[:, TOKENS] = np.ceil(expected[:, TOKENS] * margin)
        return Looked(candidates, np.fmin(expected, worst), worst, evaluated)


def _most(rows: Table) -> Table:
    """The largest of every column; 0 where there are no rows."""
    most: Table = np.maximum.reduce(rows, axis=0, initial=0.0)
    return most


def _spend(row: Table) -> Spend:
    usd, evaluations, calls, tokens = row.tolist()
    return Spend(usd, int(evaluations), int(calls), int(tokens))
