"""The default: whatever has the highest expected gain per unit of cost.

Two things can be bought. (a) One more task for some candidate: a challenger is worth what it is
expected to add to the leader's score, and the task goes to whichever of the two tells more about
their difference for the money. (b) A new candidate: it is one more challenger whose score is
expected around the leader's, as far off as children have been from their parents in this run, and
whose entry costs a proposal. Gains are those of `evolve.allocators._worth`, from the posterior of
`evolve.standings`.

Who challenges the leader, and by which tasks, is in `evolve.allocators._duels`. A search that has
made candidates also spends a little on telling its seeds apart: its winner is shown beside the best
of them, so that one had better be the best.
"""

from functools import partial
from random import Random
from typing import NamedTuple

import numpy as np
from pydantic import Field

from evolve.allocators._duels import Basket, Duels, Pair
from evolve.allocators._plan import Cell, Plan
from evolve.allocators._worth import improvement, rate
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Belief, Standings, renewal

DUELS = 8
"""Pairs of challenger and leader that are named from one fit, at least."""

PROMISE = 2.0
"""How many deviations above its mean a candidate may be, where pairs are bought again."""


class Value(Allocator):
    """Compares every purchase by its expected gain per cost; stops when none is worth it."""

    first: int = Field(default=1, ge=1, description="Tasks every candidate gets before anything.")
    epsilon: float = Field(
        default=0.005,
        ge=0,
        description="The expected gain over the leader that is not worth looking for: once all "
        "others together may add no more, the leader is certain.",
    )
    price: float = Field(
        default=0.0, ge=0, description="The gain that one evaluation must be expected to bring."
    )
    proposal: float = Field(
        default=2.0, ge=0, description="What making a candidate costs, in evaluations."
    )
    proposing: int = Field(
        default=4, ge=1, description="Candidates without a score at most, proposals included."
    )
    seeds: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="The share of evaluations that tells seeds apart, until that is certain.",
    )
    window: int = Field(
        default=8, ge=1, description="The most telling of this many next tasks is bought."
    )
    mind_costs: bool = Field(default=True, description="Whether cheaper evaluations are preferred.")
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
        belief = standings.belief
        if len(choices) == slots or belief is None:
            if len(standings):
                return choices
            return self._propose(can_propose, standings, in_flight, "there is no candidate")
        outlook = standings.remember(
            ("outlook", self), int(belief.fitted_at), lambda: self._outlook(standings, belief)
        )
        if can_propose and outlook.fresh > max(outlook.known, self.price):
            choices += self._propose(True, standings, in_flight, outlook.why_fresh)
        if outlook.certain and self.stops:
            return choices
        if self.price and outlook.known < self.price:
            return choices
        for candidate, task, why in self._planned(standings, belief, in_flight, slots):
            if len(choices) == slots:
                break
            choices.append(Evaluate(candidate, task, why))
        can_propose &= not self.price
        return choices or self._propose(can_propose, standings, in_flight, "all is known")

    def _propose(
        self, can_propose: bool, standings: Standings, in_flight: InFlight, why: str
    ) -> list[Choice]:
        """A proposal, unless too many are made already of whom nothing is known yet."""
        unknown = in_flight.proposals + int((standings.evaluations == 0).sum())
        return [Propose(why)] if can_propose and unknown < self.proposing else []

    def _first_looks(self, standings: Standings, in_flight: InFlight, slots: int) -> list[Evaluate]:
        """Tasks for those who have too few, one task after another."""
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

    # What a fit says; remembered until the next one

    def _outlook(self, standings: Standings, belief: Belief) -> "_Outlook":
        duel = Duels(belief, Basket(belief), self.mind_costs)
        rates = duel.rates()
        certain = duel.regret() < self.epsilon
        fresh, gain = self._fresh(standings, belief, duel.leader)
        return _Outlook(
            known=float(rates[duel.others].max()) if duel.others.any() and not certain else 0.0,
            fresh=fresh,
            why_fresh=f"a new candidate may add {gain:.4f}",
            certain=certain,
        )

    def _fresh(self, standings: Standings, belief: Belief, leader: int) -> tuple[float, float]:
        """The gain per cost of a new candidate, and the gain itself."""
        slope = float(belief.slopes[leader, belief.column].mean())
        variance = np.array([max(standings.spread.child * slope**2, 1e-6)])
        noise = np.array([max(belief.mean[leader] * (1.0 - belief.mean[leader]), 0.01)])
        typical = float(np.median(belief.usd)) if self.mind_costs else 1.0
        difference = np.array([standings.spread.drift * slope])
        per_cost = rate(difference, variance, noise, np.array([typical]), self.proposal * typical)
        return float(per_cost[0]), float(improvement(difference, np.sqrt(variance))[0])

    def _planned(
        self, standings: Standings, belief: Belief, in_flight: InFlight, slots: int
    ) -> list[Pair]:
        """The next pairs of the plan that are neither settled nor in flight."""
        plan = standings.remember(
            ("plan", self), int(belief.fitted_at), partial(self._plan, standings, belief)
        )
        counts, pairs = standings.counts, in_flight.pairs

        def settled(cell: Cell) -> bool:
            return bool(counts[cell] >= self.trials)

        left = plan.free(list(plan.wanted), pairs, settled)
        while len(left) < slots and (more := plan.extend()) is not None:
            left += plan.free(more, pairs, settled)
        return left[:slots] or self._repeats(standings, in_flight, slots)

    def _plan(self, standings: Standings, belief: Belief) -> Plan:
        basket = Basket(belief)
        everyone = Duels(belief, basket, self.mind_costs, self.window)
        roots = np.array([not standings.parents[number] for number in belief.active.tolist()])
        seeds = None
        if 1 < roots.sum() < len(roots):
            seeds = Duels(belief, basket, self.mind_costs, self.window, among=roots)
            if seeds.regret() < self.epsilon:
                seeds = None
        number = max(1, renewal(int(belief.fitted_at), len(belief.active)) // DUELS)
        return Plan(belief, lambda: standings.root, everyone, seeds, self.seeds, number)

    def _repeats(self, standings: Standings, in_flight: InFlight, slots: int) -> list[Pair]:
        """Further trials of seen pairs, for those who may be best, when nothing unseen is left."""
        if self.trials == 1:
            return []
        as_of = standings.fitted_at, len(standings)
        order = standings.remember(("promise", self), as_of, partial(_by_promise, standings))
        left: list[Pair] = []
        for candidate in order:
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
    """All candidates, who may be best first, as of the last fit."""
    mean, deviation = standings.at_last_fit
    order: list[int] = np.argsort(-(mean + PROMISE * deviation), kind="stable").tolist()
    return order


class _Outlook(NamedTuple):
    """The best rate among known candidates and of a new one, and whether the leader is certain."""

    known: float
    fresh: float
    why_fresh: str
    certain: bool
