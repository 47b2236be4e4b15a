"""The default: whatever has the highest expected gain per unit of cost.

Two things can be bought. (a) One more task for some candidate: a challenger is worth what it is
expected to add to the leader's score, and the task goes to whichever of the two tells more about
their difference for the money. (b) A new candidate: it is one more challenger whose score is
expected around the leader's, as far off as children have been from their parents in this run, and
whose entry costs a proposal. Gains are those of `evolve.allocators._worth`, from the posterior of
`evolve.standings`.

Three rules name challengers in turn: expected improvement, which is greedy, the knowledge gradient
per cost, which knows when looking longer pays, and posterior draws, which never give a candidate
up for good. One rule alone fails on some real matrix; the mixture does not. Costs decide how long
to look and at whom of the two, not who is worth a look: the best is often dear.

Of the next few tasks in the shared order the one is taken that tells most by the model, never of
all tasks: the order is random, so a model that misfits (several skills, tasks that discriminate
differently) still sees a fair sample of every candidate; and whoever meets the same tasks is
compared task by task.
"""

from functools import partial
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import open_cells
from evolve.allocators._worth import improvement, rate
from evolve.allocators.base import Allocator, Choice, Evaluate, InFlight, Propose
from evolve.standings import Belief, Floats, Standings, renewal

DUELS = 8
"""Pairs of challenger and leader that are named from one fit, at least."""

UNMOVED = 4.0
"""How many children exactly as good as their parents the expected step starts from."""


class Value(Allocator):
    """Compares every purchase by its expected gain per cost; stops when none is worth it."""

    first: int = Field(default=2, ge=1, description="Tasks every candidate gets before anything.")
    epsilon: float = Field(default=0.01, ge=0, description="A difference that does not matter.")
    z: float = Field(default=2.0, gt=0, description="Deviations that make a difference certain.")
    price: float = Field(
        default=0.0, ge=0, description="The gain that one evaluation must be expected to bring."
    )
    proposal: float = Field(
        default=2.0, ge=0, description="What making a candidate costs, in evaluations."
    )
    proposing: int = Field(default=4, ge=1, description="Proposals in flight at most.")
    window: int = Field(
        default=8, ge=1, description="The most telling of this many next tasks is bought."
    )
    mind_costs: bool = Field(default=True, description="Whether cheaper evaluations are preferred.")
    stops: bool = Field(
        default=True, description="Whether to stop when the leader is certain within epsilon."
    )

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
            return choices or self._propose(can_propose, in_flight, "there is no candidate")
        outlook = standings.remember(
            ("outlook", self), int(belief.fitted_at), lambda: self._outlook(standings, belief)
        )
        if can_propose and outlook.fresh > max(outlook.known, self.price):
            choices += self._propose(True, in_flight, outlook.why_fresh)
        if outlook.certain and self.stops:
            return choices
        if self.price and outlook.known < self.price:
            return choices
        for candidate, task, why in self._planned(standings, belief, in_flight, slots):
            if len(choices) == slots:
                break
            choices.append(Evaluate(candidate, task, why))
        return choices or self._propose(can_propose and not self.price, in_flight, "all is known")

    def _propose(self, can_propose: bool, in_flight: InFlight, why: str) -> list[Choice]:
        return [Propose(why)] if can_propose and in_flight.proposals < self.proposing else []

    def _first_looks(self, standings: Standings, in_flight: InFlight, slots: int) -> list[Evaluate]:
        """Tasks for those who have too few, one task after another."""
        few = standings.evaluations < min(self.first, standings.tasks)
        looks: list[Evaluate] = []
        if not few.any():
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
        duel = _Duels(belief, self.mind_costs)
        rates = duel.rates()
        upper = duel.difference + self.z * duel.deviation
        certain = bool(np.all(upper[duel.others] < self.epsilon))
        fresh, gain = self._fresh(standings, belief, duel.leader)
        return _Outlook(
            known=float(rates[duel.others].max()) if duel.others.any() and not certain else 0.0,
            fresh=fresh,
            why_fresh=f"a new candidate may add {gain:.4f}",
            certain=certain,
        )

    def _fresh(self, standings: Standings, belief: Belief, leader: int) -> tuple[float, float]:
        """The gain per cost of a new candidate, and the gain itself."""
        shift = _mean_step(standings, belief)
        slope = float(belief.slopes[leader, belief.column].mean())
        variance = np.array([max(standings.spread.child * slope**2, 1e-6)])
        noise = np.array([max(belief.mean[leader] * (1.0 - belief.mean[leader]), 0.01)])
        typical = float(np.median(belief.usd)) if self.mind_costs else 1.0
        difference = np.array([shift])
        per_cost = rate(difference, variance, noise, np.array([typical]), self.proposal * typical)
        return float(per_cost[0]), float(improvement(difference, np.sqrt(variance))[0])

    def _planned(
        self, standings: Standings, belief: Belief, in_flight: InFlight, slots: int
    ) -> list[tuple[int, int, str]]:
        """The next pairs of the plan that are neither settled nor in flight."""
        length = renewal(int(belief.fitted_at), len(belief.active)) + 8
        while True:
            wanted = length
            plan = standings.remember(
                ("plan", self, wanted),
                int(belief.fitted_at),
                partial(self._plan, standings, belief, wanted),
            )
            counts, pairs = standings.counts, in_flight.pairs
            left = []
            for candidate, task, why in plan:
                if counts[candidate, task] < self.trials and (candidate, task) not in pairs:
                    left.append((candidate, task, why))
                    if len(left) == slots:
                        return left
            if len(plan) < wanted:
                return left or self._repeats(standings, in_flight, slots)
            length *= 2

    def _plan(
        self, standings: Standings, belief: Belief, length: int
    ) -> list[tuple[int, int, str]]:
        duels = _Duels(belief, self.mind_costs, self.window)
        generator = np.random.default_rng(int(belief.fitted_at))
        share = max(1, renewal(int(belief.fitted_at), len(belief.active)) // DUELS)
        plan: list[tuple[int, int, str]] = []
        while len(plan) < length:
            challenger, why = duels.challenger(generator, standings)
            if challenger < 0:
                break
            for _ in range(share):
                pair = duels.buy(challenger)
                if pair is None:
                    break
                plan.append((int(belief.active[pair[0]]), pair[1], why))
        return plan[:length]

    def _repeats(
        self, standings: Standings, in_flight: InFlight, slots: int
    ) -> list[tuple[int, int, str]]:
        """Further trials of seen pairs, for those who may be best, when nothing unseen is left."""
        if self.trials == 1:
            return []
        upper = standings.mean + self.z * standings.deviation
        left: list[tuple[int, int, str]] = []
        for candidate in np.argsort(-upper, kind="stable").tolist():
            cells = open_cells(standings, in_flight, candidate, trials=self.trials)
            cells.sort(key=lambda task: int(standings.counts[candidate, task]))
            left += [(candidate, task, "another trial") for task in cells]
            if len(left) >= slots:
                break
        return left[:slots]


class _Outlook(NamedTuple):
    """The best rate among known candidates and of a new one, and whether the leader is certain."""

    known: float
    fresh: float
    why_fresh: str
    certain: bool


def _mean_step(standings: Standings, belief: Belief) -> float:
    """How far children stand above their parents on average, shrunk to 0."""
    place = {candidate: row for row, candidate in enumerate(belief.active.tolist())}
    seen = np.asarray(belief.seen.any(axis=1))
    steps = []
    for child, row in place.items():
        line = [place[parent] for parent in standings.parents[child] if parent in place]
        if line and seen[row]:
            steps.append(float(belief.mean[row] - belief.mean[line].mean()))
    return sum(steps) / (len(steps) + UNMOVED)


class _Duels:
    """Challengers against the leader of one belief, and the purchases named so far."""

    def __init__(self, belief: Belief, mind_costs: bool, window: int = 1) -> None:
        self.belief = belief
        self.window = window
        self.leader = int(np.argmax(np.where(belief.seen.any(axis=1), belief.mean, -1.0)))
        covariance, leader = belief.covariance, self.leader
        own = np.maximum(np.diag(covariance), 1e-12)
        self.difference = belief.mean - belief.mean[leader]
        self.deviation = np.sqrt(np.maximum(own + own[leader] - 2.0 * covariance[leader], 1e-12))
        self.others = np.arange(len(own)) != leader
        self.own = own
        self.cost = belief.usd if mind_costs else np.ones(len(own))
        self.free = ~belief.seen
        self.bought = belief.seen.sum(axis=1).astype(np.float64)
        self.before = self.bought.copy()
        # A score's variance in units of what it tells about the mean.
        self.noise = np.maximum(belief.reach, 0.01)

    def rates(self) -> Floats:
        """Every challenger's expected gain per cost."""
        return rate(self.difference, self._left(self.own), self.noise, self.cost, 0.0)

    def challenger(self, generator: np.random.Generator, standings: Standings) -> tuple[int, str]:
        """The next challenger and why; −1 if no task is left that could tell."""
        room = np.asarray(self.free.any(axis=1))
        open_ = self.others & (room | room[self.leader])
        if not open_.any():
            return -1, ""
        rule = int(generator.integers(3))
        if rule == 0:
            deviation = np.sqrt(self._left(self.deviation**2))
            worth, why = improvement(self.difference, deviation), "may add"
        elif rule == 1:
            worth, why = self.rates(), "adds most per cost"
        else:
            noise = standings.root @ generator.standard_normal(len(self.own))
            damped = noise * np.sqrt((self.before + 1.0) / (self.bought + 1.0))
            worth, why = self.belief.mean + damped + 1.0, "best in a draw"
        best = int(np.argmax(np.where(open_, worth, -np.inf)))
        return best, f"{why} ({self.difference[best]:+.3f} to the leader)"

    def buy(self, challenger: int) -> tuple[int, int] | None:
        """The next task for the challenger or the leader, whichever tells more for its cost."""
        options = []
        for one, sign in ((challenger, 1.0), (self.leader, -1.0)):
            tasks = np.flatnonzero(self.free[one])[: self.window]
            if len(tasks):
                told = self._tells(one, tasks, sign, challenger)
                most = int(np.argmax(told))
                options.append((float(told[most]), one, int(tasks[most])))
        if not options:
            return None
        _, one, task = max(options)
        self.free[one, task] = False
        self.bought[one] += 1
        return one, task

    def _tells(self, one: int, tasks: NDArray[np.int64], sign: float, challenger: int) -> Floats:
        """How much of the variance of the difference one score takes away, per cost."""
        belief, leader = self.belief, self.leader
        columns = belief.column[tasks]
        slope, chance = belief.slopes[one, columns], belief.predicted[one, columns]
        with_ability = belief.with_ability[challenger, one] - belief.with_ability[leader, one]
        with_all = belief.with_difficulty
        with_tasks = with_all[challenger, columns] - with_all[leader, columns]
        own = sign * slope / belief.seen.shape[1]
        together = slope * (with_ability - with_tasks) + own
        drop = together**2 / (chance * (1.0 - chance) + 1e-9)
        # What was bought since the fit tells part of it already.
        fresh = (self.before[one] + 1.0) / (self.bought[one] + 1.0)
        told: Floats = drop * fresh**2 / self.cost[one]
        return told

    def _left(self, variance: Floats) -> Floats:
        """A variance after the purchases named so far, as if it fell with their number."""
        left: Floats = variance * (self.before + 1.0) / (self.bought + 1.0)
        return left
