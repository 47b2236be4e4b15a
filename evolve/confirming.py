"""What confirming the winner beside the best seed may take, while nobody knows yet who that is.

Who may win are those who would likely be chosen if the search ended now: whoever else overtakes
them later can win as long as confirming that one fits, which is looked at again when the winner is
named.
"""

import math

import numpy as np

from evolve.contest import Contest, Looked, Numbers
from evolve.ledger import NOTHING, Spend
from evolve.objective import Objective
from evolve.standings.table import Floats
from evolve.state import SearchState

LATE = 1.25
"""How much slower than so far purchases may be."""

LONG = 1.5
"""How many times its mean an evaluation mostly takes at most."""

CLOSE = 0.5
"""How far below the best mean, in its own deviations, a candidate may still win."""

SEEDS_CLOSE = 2.0
"""The same for the best seed."""

LIKELY = 0.5
"""How far from usual to sure costs a winner's may be, if confirming it is to fit."""

DEAR = 0.5
"""The share of a cap of which confirming one system may usually take no more, if it is to win."""


class Confirming:
    """Looks at who may win, and says what confirming them takes."""

    def __init__(self, state: SearchState, objective: Objective, tasks: int) -> None:
        """Has looked at nobody yet; `look` comes first.

        Args:
            state: What is known of candidates and spend.
            objective: What the winner is chosen by.
            tasks: How many sealed tasks are used, for each of two systems.
        """
        self._state = state
        self._objective = objective
        self._tasks = tasks
        self._contest: Contest
        self._widest: Contest
        self._hopes = False
        self._worst: Floats
        self._as_of: tuple[int, ...] = ()

    def look(self, worst: Floats, revised: int) -> None:
        """Looks at everybody who may win, and every seed that may be the best.

        Args:
            worst: The worst case of an evaluation of each candidate.
            revised: How often these were revised.
        """
        standings, most = self._state.standings, self._objective.cost_at_most
        told = 0 if most is None else standings.told
        as_of = (*self._state.expected_as_of, told, revised)
        if as_of != self._as_of:
            able = standings.evaluations > 0
            if most is not None:
                able &= ~(standings.usd > most)
            winners = self._close(self._payable(able.nonzero()[0], worst), CLOSE)
            seeds = self._close(self._payable(np.array(self._state.seeds), worst), SEEDS_CLOSE)
            self._widest, self._as_of = self._among(winners, seeds, worst), as_of
        self._contest, self._hopes, self._worst = self._widest, False, worst

    def narrow(self) -> bool:
        """Leaves the dearer half out, but never the best, and at last hopes for usual costs.

        Those are hoped for as long as little is known of what the best take: buying more of that is
        better than ending the search. Somebody can be confirmed at sure costs all the same.

        Returns:
            False if there is nobody to leave out and nothing to hope for.
        """
        narrower = self._contest.narrower
        if narrower is None and not self._hopes:
            narrower, self._hopes = self._contest.hoped(self._cheapest()), True
        if narrower is None:
            return False
        self._contest = narrower
        return True

    @property
    def widest(self) -> Numbers:
        """Everybody who may win, before any were left out."""
        return self._widest.winners.candidates

    def takes(self) -> Spend:
        """What confirming any of them may take."""
        return self._spared(self._contest.takes)

    def feared(self) -> Spend:
        """The same if seeds of which nothing is known count with their worst case."""
        return self._spared(self._contest.feared)

    def takes_of(self, winner: int, seed: int, worst: Floats) -> Spend:
        """What confirming one pair likely takes at most, as known now.

        That is less than what it surely takes less than, which was set aside for it: the best is
        not to lose to a change of the estimate that the last purchase brought.

        Args:
            winner: The one.
            seed: The other; if it is the same one, that is confirmed alone.
            worst: The worst case of an evaluation of each candidate.
        """
        pair = np.array([winner, seed])
        found = Looked.at(pair, self._state.expected_now(pair), worst).cautiously(LIKELY)
        one, other = found.only(slice(1)), found.only(slice(1, 2))
        contest = Contest(one, other, np.zeros(0), self._tasks, alone=winner == seed)
        return self._spared(contest.takes)

    def _cheapest(self) -> Spend:
        """What confirming the cheapest seed that was evaluated takes, without another system."""
        expected = self._state.expected
        seeds = [each for each in self._state.seeds if expected.times[each]]
        if not seeds:
            return NOTHING
        cheapest = np.array([min(seeds, key=lambda each: tuple(expected.sure[each]))])
        found = Looked.at(cheapest, expected.only(cheapest), self._worst)
        return Contest(found, found, np.zeros(0), self._tasks, alone=True).takes

    def _spared(self, takes: Spend) -> Spend:
        """That much, and what may be lost of as many calls."""
        return takes.plus(self._state.ledger.allowance(takes.calls)) if self._tasks else takes

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
        if not (self._tasks and len(self._contest.winners.candidates)):
            return LATE * longest
        left = np.arange(2 * self._tasks, 0, -1)
        at_once = np.clip(self._at_once(left), 1, slots)
        turns = float(np.sum(1 / at_once[at_once < left]))
        return LATE * (longest + turns * self._pace + slowest.get("search", 0.0))

    def _at_once(self, left: Numbers) -> Floats:
        """How many worst cases fit at once if the search ends now, while so many are left."""
        ledger, made = self._state.ledger, 2 * self._tasks - left
        taken = ledger.settled.plus(ledger.reserved)
        each, worst = self._contest.pair / 2, self._contest.worst
        fits = [np.full(len(left), math.inf)]
        for place, name in enumerate(Spend._fields):
            cap = getattr(ledger.budget, name)
            if cap is not None and worst[place]:
                room = cap - (getattr(taken, name) or 0.0) - made * each[place]
                fits.append(room / worst[place])
        at_once: Floats = np.min(fits, axis=0)
        return at_once

    def seconds_of(self, candidate: int) -> float:
        """What an evaluation of a candidate mostly takes at most."""
        return LONG * self._mean_seconds(candidate)

    def _mean_seconds(self, candidate: int) -> float:
        return self._state.seconds[candidate] / max(1, self._state.used[candidate].evaluations)

    @property
    def _pace(self) -> float:
        """The mean seconds of an evaluation of the slowest system that may be confirmed."""
        contest = self._contest
        everybody = [*contest.winners.candidates.tolist(), *contest.seeds.candidates.tolist()]
        return max(map(self._mean_seconds, everybody))

    def _payable(self, candidates: Numbers, worst: Floats) -> Numbers:
        """Those of some candidates that can be confirmed, or else all of them.

        Whoever cannot may lead for a while, and is not to end the search by that.
        """
        expected, budget = self._state.expected.only(candidates), self._state.ledger.budget
        found = Looked.at(candidates, expected, worst)
        caps = [getattr(budget, name) for name in Spend._fields]
        most = np.array([math.inf if cap is None else DEAR * cap for cap in caps])
        payable = (self._tasks * found.expected.usual + found.worst <= most).all(axis=1)
        return candidates[payable] if payable.any() else candidates

    def _close(self, candidates: Numbers, within: float) -> Numbers:
        """Those of some candidates who may be the best of them, within so many deviations."""
        if not len(candidates):
            return candidates
        means, deviations = self._state.standings.at_last_fit
        mean, deviation = means[candidates], deviations[candidates]
        close: Numbers = candidates[mean + within * deviation >= mean.max()]
        return close

    def _among(self, winners: Numbers, seeds: Numbers, worst: Floats) -> Contest:
        everybody = np.concatenate([winners, seeds])
        found = Looked.at(everybody, self._state.expected.only(everybody), worst)
        size, (means, _) = len(winners), self._state.standings.at_last_fit
        return Contest(found.only(slice(size)), found.only(slice(size, None)), means, self._tasks)
