"""The default allocator: the purchase with the highest expected gain per unit of cost.

There are two kinds of purchases. (a) One more task for a candidate: a challenger is worth its
expected gain over the leader's score, and the task goes to the one of the two whose score is more
informative about their difference, per cost. (b) A new candidate: a challenger whose score is
expected around the leader's, with the spread of children around their parents in this run, and
which first costs a proposal. Gains are those of `evolve.allocators._worth`, from the posterior of
`evolve.standings`.

`evolve.allocators._duels` chooses challengers and tasks. Once there are further candidates, a share
of the evaluations still compares the seeds, because the winner is reported beside the best of them.
"""

from collections.abc import Callable
from functools import cached_property
from random import Random
from typing import NamedTuple

import numpy as np
from pydantic import Field

from evolve.allocators._duels import Duels, Pair, SelectedPairs
from evolve.allocators._plan import Cell, Plan
from evolve.allocators._worth import improvement, rate
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Belief, Standings
from evolve.standings.posterior import refit_interval

DUELS = 8
"""The least number of duels that are planned from one fit."""

PROMISE = 2.0
"""Standard deviations above the mean by which candidates are ranked for repeated trials."""


class Value(Allocator):
    """Ranks purchases by their expected gain per cost; stops when none is worth its cost."""

    first: int = Field(default=1, ge=1, description="Tasks that every candidate gets first.")
    epsilon: float = Field(
        default=0.005,
        ge=0,
        description="An expected gain that does not matter: once all others together are expected "
        "to add less to the leader's score, the leader is certain.",
    )
    price: float = Field(
        default=0.0, ge=0, description="The least expected gain of an evaluation that is bought."
    )
    proposal: float = Field(
        default=2.0, ge=0, description="The cost of a proposal, in evaluations."
    )
    proposing: int = Field(
        default=4, ge=1, description="The most candidates without a score, open proposals included."
    )
    seeds: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="The share of evaluations that compare seeds, until the best seed is certain.",
    )
    window: int = Field(
        default=8, ge=1, description="The most informative of this many next tasks is bought."
    )
    cost_aware: bool = Field(default=True, description="Whether cheaper evaluations are preferred.")
    stops: bool = Field(default=True, description="Whether to stop when the leader is certain.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        choices: list[Choice] = [*self._first_looks(standings, in_flight, slots)]
        belief = standings.posterior.belief
        if len(choices) == slots or belief is None:
            if len(standings):
                return choices
            return self._propose(can_propose, standings, in_flight, "there is no candidate")
        fit = self._newest.of(belief, lambda: self._conclude(standings, belief))
        outlook = fit.outlook
        if can_propose and outlook.fresh > max(outlook.known, self.price):
            choices += self._propose(True, standings, in_flight, outlook.why_fresh)
        if outlook.certain and self.stops:
            return choices
        if self.price and outlook.known < self.price:
            return choices
        looks = {(each.candidate, each.task) for each in choices if isinstance(each, Evaluate)}
        in_flight = in_flight._replace(pairs=in_flight.pairs | looks)
        pairs = self._planned(fit.plan, standings, in_flight, slots)
        choices += [Evaluate(*pair) for pair in pairs[: slots - len(choices)]]
        can_propose &= not self.price
        return choices or self._propose(can_propose, standings, in_flight, "all is known")

    def _propose(
        self, can_propose: bool, standings: Standings, in_flight: InFlight, why: str
    ) -> list[Choice]:
        """A proposal, unless there are too many candidates and proposals without a score."""
        unknown = in_flight.proposals + int((standings.evaluations == 0).sum())
        return [Propose(why)] if can_propose and unknown < self.proposing else []

    def _first_looks(self, standings: Standings, in_flight: InFlight, slots: int) -> list[Evaluate]:
        """First tasks for candidates that have too few, one task after another."""
        few = standings.evaluations < min(self.first, standings.tasks)
        looks: list[Evaluate] = []
        if not np.count_nonzero(few):
            return looks
        for task in range(min(self.first, standings.tasks)):
            for candidate in np.flatnonzero(few & (standings.counts[:, task] == 0)).tolist():
                if (candidate, task) not in in_flight.pairs:
                    looks.append(Evaluate(candidate, task, "a first look"))
                    if len(looks) == slots:
                        return looks
        return looks

    @cached_property
    def _newest(self) -> "_Newest":
        return _Newest()

    def _conclude(self, standings: Standings, belief: Belief) -> "_Conclusion":
        return _Conclusion(belief, self._outlook(standings, belief), self._plan(standings, belief))

    def _outlook(self, standings: Standings, belief: Belief) -> "_Outlook":
        duel = Duels(belief, SelectedPairs(belief), self.cost_aware)
        rates = duel.rates()
        certain = duel.regret() < self.epsilon
        fresh, gain = self._fresh(standings, belief, duel.leader)
        return _Outlook(
            known=float(rates[duel.others].max()) if duel.others.any() and not certain else 0.0,
            fresh=fresh,
            why_fresh=f"may add to the best score ({100 * gain:.1f} points)",
            certain=certain,
        )

    def _fresh(self, standings: Standings, belief: Belief, leader: int) -> tuple[float, float]:
        """The gain per cost of a new candidate, and the gain itself."""
        slope = float(belief.slopes[leader, belief.column].mean())
        variance = np.array([max(standings.posterior.spread.child * slope**2, 1e-6)])
        noise = np.array([max(belief.mean[leader] * (1.0 - belief.mean[leader]), 0.01)])
        typical = float(np.median(belief.cost)) if self.cost_aware else 1.0
        difference = np.array([standings.posterior.spread.drift * slope])
        per_cost = rate(difference, variance, noise, np.array([typical]), self.proposal * typical)
        return float(per_cost[0]), float(improvement(difference, np.sqrt(variance))[0])

    def _planned(
        self, plan: Plan, standings: Standings, in_flight: InFlight, slots: int
    ) -> list[Pair]:
        """The next pairs of the plan that are neither settled nor in flight."""
        counts, pairs = standings.counts, in_flight.pairs

        def settled(cell: Cell) -> bool:
            return bool(counts[cell] >= self.trials)

        left = plan.free(list(plan.wanted), pairs, settled)
        while len(left) < slots and (more := plan.extend()) is not None:
            left += plan.free(more, pairs, settled)
        return left[:slots] or self._repeats(standings, in_flight, slots)

    def _plan(self, standings: Standings, belief: Belief) -> Plan:
        selected = SelectedPairs(belief)
        overall = Duels(belief, selected, self.cost_aware, self.window)
        roots = np.array([not standings.parents[number] for number in belief.active.tolist()])
        seeds = None
        if 1 < roots.sum() < len(roots):
            seeds = Duels(belief, selected, self.cost_aware, self.window, among=roots)
            if seeds.regret() < self.epsilon:
                seeds = None
        number = max(1, refit_interval(int(belief.fitted_at), len(belief.active)) // DUELS)
        return Plan(belief, overall, seeds, self.seeds, number)

    def _repeats(self, standings: Standings, in_flight: InFlight, slots: int) -> list[Pair]:
        """Further trials of seen pairs of the most promising candidates, if no pair is unseen."""
        if self.trials == 1:
            return []
        left: list[Pair] = []
        for candidate in _by_promise(standings):
            if standings.evaluations[candidate] >= self.trials * standings.tasks:
                continue
            counts = standings.counts[candidate]
            for task in np.argsort(counts, kind="stable").tolist():
                if len(left) == slots:
                    return left
                if counts[task] >= self.trials:
                    break
                if (candidate, task) not in in_flight.pairs:
                    left.append(Pair(candidate, task, "another trial"))
        return left


def _by_promise(standings: Standings) -> list[int]:
    """All candidates by their upper bounds at the last fit, the highest first."""
    mean, deviation = standings.posterior.at_last_fit
    order: list[int] = np.argsort(-(mean + PROMISE * deviation), kind="stable").tolist()
    return order


class _Newest:
    """A cache of the conclusions from the newest fit."""

    def __init__(self) -> None:
        self._held: _Conclusion | None = None

    def of(self, belief: Belief, conclude: Callable[[], "_Conclusion"]) -> "_Conclusion":
        """The conclusion from a belief; calls `conclude` unless it is cached."""
        held = self._held
        if held is None or held.belief is not belief:
            self._held = held = conclude()
        return held


class _Conclusion(NamedTuple):
    """The outlook and the plan that follow from one belief."""

    belief: Belief
    outlook: "_Outlook"
    plan: Plan


class _Outlook(NamedTuple):
    """The best rate among known candidates and of a new one, and whether the leader is certain."""

    known: float
    fresh: float
    why_fresh: str
    certain: bool
