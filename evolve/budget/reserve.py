"""The confirmation reserve: the budget set aside for the final test.

The search ends with a test of the winner beside the best seed on sealed tasks. Until then it is
unknown which two candidates these will be, so the reserve covers the costliest likely pair:

    reserve = sealed tasks × (costliest contender + costliest seed + controls) + one worst case

*Contenders* are the candidates that could be named winner if the search ended now, within the
allowed cost per task and `CLOSE` deviations of the best mean; seeds that could be the best seed are
found alike. Each counts with an upper bound of its mean cost per evaluation (`bounds`). One worst
case is added, because the last purchase, too, starts only if its worst case fits: that of a call,
or of a whole evaluation where calls are not reserved one by one.
Unanswered calls, where they may be billed, are allowed for by the ledger.

*Controls* show what the winner's cost buys without a search: one agent, if a contender asks more
than once, and the best seed on its model, if that is another one. Each costs about what the winner
does, so it counts with a contender's mean cost. They are the first to be left out: wherever the
reserve with them exceeds `CONTROLS_SHARE` of a cap, one or both of them; and calls of purchases in
flight may use their part, lest they wait when it grows. They are tested last, with what is then
left (`of_control`).

The reserve must not end the search that it serves. While it leaves nothing to buy with, it is
lowered (`ConfirmationReserve.steps`): first only the best contender and the best seed are covered,
then these at their mean costs, if they have few evaluations. A candidate that was left out can
still win: `ConfirmationReserve.of_pair` is compared with what is left when the winner is named.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.budget.facts import Search
from evolve.budget.ledger import NOTHING, Spend
from evolve.standings.objective import Objective
from evolve.standings.table import Floats

UPPER, LIKELY, MEAN = 2.0, 1.0, 0.0
"""Standard errors added to a mean cost: in the reserve, when a winner is named, and at least."""

PRIOR = 2
"""The weight, in evaluations, of the other candidates' share of worst cases in a mean cost."""

FEW = 8
"""Evaluations of a candidate below which its mean may take the place of its upper bound."""

CLOSE, SEEDS_CLOSE = 0.5, 2.0
"""Posterior deviations below the best mean within which a candidate, or a seed, may be the best."""

LARGEST_SHARE = 0.5
"""The largest share of a cap that confirming a contender may take at its mean cost."""

CONTROLS_SHARE = 0.4
"""The largest share of a cap that is set aside for the sake of controls."""

USD, EVALUATIONS, CALLS, _ = range(len(Spend._fields))

Numbers = NDArray[np.int64]


class Limits(NamedTuple):
    """Worst cases of all candidates, a row for each, a column for each capped quantity.

    Attributes:
        evaluation: The worst case of an evaluation.
        last: The worst case of the last purchase: a call, or a whole evaluation.
    """

    evaluation: Floats
    last: Floats


class Reserve(NamedTuple):
    """One way to set budget aside.

    Attributes:
        amount: The amount set aside.
        controls: The part of it that is for controls.
        cautious: The same if seeds without a result count at their worst case.
        contenders: The candidates that it covers as winners.
        seeds: The seeds that it covers.
        per_task: The cost of testing a contender, a seed and controls on one task, by capped
            quantity.
        last: The worst case of the last purchase.
    """

    amount: Spend
    controls: Spend
    cautious: Spend
    contenders: Numbers
    seeds: Numbers
    per_task: Floats
    last: Floats


def bounds(used: Floats, worst: Floats, rows: Numbers, tasks: int, errors: float) -> Floats:
    """Upper bounds of the mean cost of testing candidates on further tasks, per evaluation.

    Costs of evaluations deviate by about their mean (log-normal with σ near .86). So the mean of
    n costs and that of the further ones differ with a relative standard error of √(1/n + 1/tasks).

    Args:
        used: The total consumption of each candidate, a column for each capped quantity.
        worst: The worst case of an evaluation of each. A candidate without results is expected to
            use the same share of it as the evaluations so far used of theirs.
        rows: The candidates to bound.
        tasks: The number of further tasks.
        errors: Standard errors above the mean.

    Returns:
        Shape (rows, quantities); 0 as long as no candidate was evaluated.
    """
    most = used[:, EVALUATIONS] @ worst
    share = np.divide(used.sum(axis=0), most, out=np.zeros_like(most), where=most > 0)
    times = used[rows, EVALUATIONS] + PRIOR
    mean = (used[rows] + PRIOR * share * worst[rows]) / times[:, None]
    each: Floats = mean * (1 + errors * np.sqrt(1 / times + 1 / max(tasks, 1)))[:, None]
    each[:, EVALUATIONS] = 1
    each[:, CALLS:] = np.ceil(each[:, CALLS:])
    return each


class ConfirmationReserve:
    """Computes the cost of testing the winner beside the best seed and controls."""

    def __init__(
        self, search: Search, objective: Objective, tasks: int, *, controls: bool = False
    ) -> None:
        """Computes nothing yet.

        Args:
            search: The facts, which change as results come in.
            objective: The objective by which the winner is chosen.
            tasks: The number of sealed tasks.
            controls: Whether controls are tested, too.
        """
        self.tasks = tasks
        self._controls = controls
        self._search = search
        self._objective = objective

    def steps(self, limits: Limits) -> Iterator[Reserve]:
        """Reserves to choose from, the most cautious first."""
        contenders = self._shortlist(self._evaluated, limits, CLOSE)
        seeds = self._shortlist(np.array(self._search.candidates.seeds), limits, SEEDS_CLOSE)
        yield self._reserve(contenders, seeds, limits, UPPER)
        if len(contenders) > 1 or len(seeds) > 1:
            contenders, seeds = self._best(contenders), self._best(seeds)
            yield self._reserve(contenders, seeds, limits, UPPER)
        times = self._search.consumption.used.rows[np.concatenate([contenders, seeds]), EVALUATIONS]
        if len(contenders) and times.min() < FEW:
            yield self._reserve(contenders, seeds, limits, MEAN)

    def controls_of(self, winner: int) -> int:
        """The number of controls that a winner is expected to be compared with."""
        return self._controls_beside(winner, self._best_seed) if self._controls else 0

    def of_pair(self, winner: int, seed: int, limits: Limits) -> Spend:
        """The likely upper bound of testing this winner beside this seed.

        Args:
            winner: The winner.
            seed: The seed; if it is the winner, it is tested once.
            limits: The worst cases of all candidates.
        """
        pair = np.array([winner] if winner == seed else [winner, seed])
        each = self._each(pair, limits, LIKELY)
        return self._on_all_tasks(each.sum(axis=0), limits.last[pair].max(axis=0))

    def of_control(self, control: int, like: int, limits: Limits) -> Spend:
        """The likely upper bound of testing a control.

        It is expected to use the same share of its worst case as the candidate that it was made
        from: votes and prices of models are in both.

        Args:
            control: The control.
            like: The candidate that it was made from, or itself.
            limits: The worst cases of all candidates.
        """
        mine, its = limits.evaluation[control], limits.evaluation[like]
        times = np.divide(mine, its, out=np.ones_like(mine), where=its > 0)
        each = np.fmin(times * self._each(np.array([like]), limits, LIKELY)[0], mine)
        return self._on_all_tasks(each, limits.last[control])

    def _reserve(
        self, contenders: Numbers, seeds: Numbers, limits: Limits, errors: float
    ) -> Reserve:
        contender = _most(self._each(contenders, limits, errors))
        contender[EVALUATIONS] = 1
        known = self._each(seeds, limits, errors)
        last = np.maximum(_most(limits.last[contenders]), _most(limits.last[seeds]))
        evaluated = self._search.consumption.used.rows[seeds, EVALUATIONS] > 0
        seed = _most(np.where(evaluated[:, None], known, limits.evaluation[seeds]))
        pair, cautious = contender + _most(known), np.maximum(contender, seed) + seed
        more = self._of_controls(contenders, limits, pair, last)
        amount = self._on_all_tasks(pair + more, last)
        return Reserve(
            amount,
            amount.minus(self._on_all_tasks(pair, last)),
            self._on_all_tasks(cautious + more, last),
            contenders,
            seeds,
            pair + more,
            last,
        )

    def _of_controls(
        self, contenders: Numbers, limits: Limits, pair: Floats, last: Floats
    ) -> Floats:
        """The expected cost of testing controls on one task: of two, of one, or nothing.

        Args:
            contenders: The candidates that may win.
            limits: The worst cases of all candidates.
            pair: The cost of testing a contender and a seed on one task.
            last: The worst case of the last purchase.
        """
        if self._controls and len(contenders):
            seed, each = self._best_seed, self._each(contenders, limits, MEAN)
            counts = np.array([self._controls_beside(one, seed) for one in contenders.tolist()])
            largest = CONTROLS_SHARE * np.array(self._search.ledger.caps)
            for most in (2, 1):
                more = _most(np.minimum(counts, most)[:, None] * each)
                if (self.tasks * (pair + more) + last <= largest).all():
                    return more
        return np.zeros_like(pair)

    def _controls_beside(self, winner: int, seed: int) -> int:
        candidates = self._search.candidates
        if winner == seed:
            return 0
        other_model = candidates.models[winner] != candidates.models[seed]
        return other_model + (not candidates.asked_once[winner])

    @property
    def _best_seed(self) -> int:
        return int(self._best(np.array(self._search.candidates.seeds))[0])

    def _on_all_tasks(self, pair: Floats, last: Floats) -> Spend:
        if not self.tasks:
            return NOTHING
        usd, evaluations, *counts = (self.tasks * pair + last).tolist()
        takes = Spend(usd, round(evaluations - last[EVALUATIONS]), *map(math.ceil, counts))
        return takes.plus(self._search.ledger.allowance(takes.calls))

    def _each(self, candidates: Numbers, limits: Limits, errors: float) -> Floats:
        used = self._search.consumption.used.rows
        each = bounds(used, limits.evaluation, candidates, self.tasks, errors)
        return np.fmin(each, limits.evaluation[candidates])

    def _best(self, candidates: Numbers) -> Numbers:
        means = self._search.standings.posterior.at_last_fit[0][candidates]
        return candidates[[np.argmax(means)]] if len(candidates) else candidates

    @property
    def _evaluated(self) -> Numbers:
        """The candidates that have a result and are within the allowed cost per task."""
        standings, most = self._search.standings, self._objective.cost_at_most
        able = standings.evaluations > 0
        if most is not None:
            able &= ~(standings.cost > most)
        evaluated: Numbers = able.nonzero()[0]
        return evaluated

    def _shortlist(self, candidates: Numbers, limits: Limits, deviations: float) -> Numbers:
        """Those that may be the best of some candidates, less those that cost too much to test.

        A candidate that takes more than `LARGEST_SHARE` of a cap is listed only if all do.
        """
        if not len(candidates):
            return candidates
        takes = self.tasks * self._each(candidates, limits, MEAN) + limits.last[candidates]
        payable = (takes <= LARGEST_SHARE * np.array(self._search.ledger.caps)).all(axis=1)
        listed = candidates[payable] if payable.any() else candidates
        means, spread = (rows[listed] for rows in self._search.standings.posterior.at_last_fit)
        close: Numbers = listed[means + deviations * spread >= means.max()]
        return close


def _most(rows: Floats) -> Floats:
    """The largest of every column; 0 where there are no rows."""
    most: Floats = np.maximum.reduce(rows, axis=0, initial=0.0)
    return most
