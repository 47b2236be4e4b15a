"""Challengers against a leader: who is told apart from it next, and by which tasks.

Three rules name challengers in turn: expected improvement, which is greedy, the knowledge gradient
per cost, which knows when looking longer pays, and posterior draws, which never give a candidate
up for good. One rule alone fails on some real matrix; the mixture does not. Costs decide how long
to look and at whom of the two, not who is worth a look: the best is often dear.

Of the next few tasks in the shared order the one is taken that tells most by the model, never of
all tasks: the order is random, so a model that misfits (several skills, tasks that discriminate
differently) still sees a fair sample of every candidate; and whoever meets the same tasks is
compared task by task.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.allocators._worth import improvement, rate
from evolve.standings import Belief, Floats


class Pair(NamedTuple):
    """A purchase that a duel wants: a row of the belief, a task, and why."""

    row: int
    task: int
    why: str


class Basket:
    """What was named since a fit, by whatever duel."""

    def __init__(self, belief: Belief) -> None:
        """Starts empty.

        Args:
            belief: Where settled pairs are read.
        """
        self.before = belief.seen.sum(axis=1).astype(np.float64)
        self.bought = self.before.copy()
        self.room = belief.seen.shape[1] - self.before
        self._seen = belief.seen
        self._left: dict[int, list[int]] = {}

    def tasks(self, row: int) -> list[int]:
        """The tasks that a candidate was neither scored on nor named for, in the shared order."""
        if row not in self._left:
            self._left[row] = np.flatnonzero(~self._seen[row]).tolist()
        return self._left[row]

    def take(self, row: int, task: int) -> None:
        """Names a pair."""
        self.tasks(row).remove(task)
        self.bought[row] += 1
        self.room[row] -= 1

    def shrunk(self, variance: Floats) -> Floats:
        """A variance after what was named, as if it fell with the number of evaluations."""
        left: Floats = variance * (self.before + 1.0) / (self.bought + 1.0)
        return left

    def stale(self, row: int) -> float:
        """The share that another score still tells of what it told at the fit."""
        return float(((self.before[row] + 1.0) / (self.bought[row] + 1.0)) ** 2)


class Duels:
    """The leader of some candidates and everyone who may challenge it."""

    def __init__(
        self,
        belief: Belief,
        basket: Basket,
        mind_costs: bool,
        window: int = 1,
        among: NDArray[np.bool_] | None = None,
    ) -> None:
        """Finds the leader.

        Args:
            belief: What is believed.
            basket: What was named already.
            mind_costs: Whether cheaper evaluations are preferred.
            window: How many next tasks are compared.
            among: Who takes part, (n,); all if left out.
        """
        self.belief = belief
        self.basket = basket
        self.window = window
        rows = np.ones(len(belief.mean), dtype=bool) if among is None else among
        seen = (basket.before > 0) & rows
        self.leader = int(np.argmax(np.where(seen, belief.mean, np.where(rows, -1.0, -2.0))))
        covariance, leader = belief.covariance, self.leader
        self.own = np.maximum(np.diag(covariance), 1e-12)
        self.difference = belief.mean - belief.mean[leader]
        together = self.own + self.own[leader] - 2.0 * covariance[leader]
        self.deviation = np.sqrt(np.maximum(together, 1e-12))
        self.others = rows.copy()
        self.others[leader] = False
        self.cost = belief.usd if mind_costs else np.ones(len(self.own))
        self.dear = belief.dear if mind_costs else np.ones(len(belief.dear))
        # A score's variance in units of what it tells about the mean.
        self.noise = np.maximum(belief.reach, 0.01)
        self._told: dict[tuple[int, int], list[float]] = {}

    def regret(self) -> float:
        """How much better than the leader the best of the others is expected to be, at most.

        The maximum of what they add is at most the sum of it, so many who are each unlikely to be
        better count as much as one who is likely to.
        """
        gains = improvement(self.difference, self.deviation)
        return float(gains[self.others].sum())

    def rates(self) -> Floats:
        """Every challenger's expected gain per cost."""
        variance = self.basket.shrunk(self.own)
        return rate(self.difference, variance, self.noise, self.cost, 0.0)

    def challenger(
        self, generator: np.random.Generator, root: Callable[[], Floats]
    ) -> tuple[int, str]:
        """The next challenger and why; −1 if no task is left that could tell.

        Args:
            generator: Of the rule and the draws.
            root: A matrix R with R Rᵀ = the belief's covariance.
        """
        room = self.basket.room > 0
        open_ = self.others & (room | room[self.leader])
        if not open_.any():
            return -1, ""
        rule = int(generator.integers(3))
        if rule == 0:
            deviation = np.sqrt(self.basket.shrunk(self.deviation**2))
            worth, why = improvement(self.difference, deviation), "may add"
        elif rule == 1:
            worth, why = self.rates(), "adds most per cost"
        else:
            noise = root() @ generator.standard_normal(len(self.own))
            worth = self.belief.mean + self.basket.shrunk(np.ones(len(noise))) ** 0.5 * noise
            why = "best in a draw"
        best = int(np.argmax(np.where(open_, worth, -np.inf)))
        return best, f"{why} ({self.difference[best]:+.3f} to the leader)"

    def buy(self, challenger: int, why: str, number: int) -> list[Pair]:
        """The next pairs of the challenger or the leader, whichever tells more for its cost."""
        sides = [
            _Side(row, self.basket.stale(row), *self._tells(row, challenger, number))
            for row in (challenger, self.leader)
        ]
        pairs: list[Pair] = []
        while len(pairs) < number:
            side = max(sides, key=lambda side: side.worth(self.window))
            if not side.tasks:
                break
            task = side.take(self.window)
            self.basket.take(side.row, task)
            side.stale = self.basket.stale(side.row)
            pairs.append(Pair(side.row, task, why))
        return pairs

    def _tells(self, one: int, challenger: int, number: int) -> tuple[list[int], list[float]]:
        """The next tasks, and how much of the variance of the difference each takes, per cost."""
        if (one, challenger) not in self._told:
            self._told[one, challenger] = self._of_every_task(one, challenger)
        told = self._told[one, challenger]
        tasks = self.basket.tasks(one)[: self.window + number - 1]
        return tasks, [told[task] for task in tasks]

    def _of_every_task(self, one: int, challenger: int) -> list[float]:
        """What each task tells of the difference between a challenger and the leader."""
        belief, leader = self.belief, self.leader
        columns, sign = belief.column, 1.0 if one == challenger else -1.0
        slope, chance = belief.slopes[one, columns], belief.predicted[one, columns]
        with_ability = belief.with_ability[challenger, one] - belief.with_ability[leader, one]
        with_all = belief.with_difficulty
        with_tasks = with_all[challenger, columns] - with_all[leader, columns]
        own = sign * slope / belief.seen.shape[1]
        together = slope * (with_ability - with_tasks) + own
        drop = together**2 / (chance * (1.0 - chance) + 1e-9)
        told: list[float] = (drop / (self.cost[one] * self.dear)).tolist()
        return told


class _Side:
    """One of two candidates in a duel: its next tasks, and what each tells."""

    def __init__(self, row: int, stale: float, tasks: list[int], told: list[float]) -> None:
        self.row = row
        self.stale = stale
        self.tasks = tasks
        self.told = told

    def worth(self, window: int) -> float:
        """What the most telling of the next tasks tells; −1 if there is none."""
        return self.stale * max(self.told[:window]) if self.told else -1.0

    def take(self, window: int) -> int:
        """Takes that task."""
        place = self.told.index(max(self.told[:window]))
        del self.told[place]
        return self.tasks.pop(place)
