"""Duels between the leader and a challenger: which challenger is next, and on which tasks.

Three rules choose challengers at random: expected improvement, which is greedy; the knowledge
gradient per cost, which also values many evaluations of an uncertain candidate; and posterior
draws, which never exclude a candidate for good. Each rule alone fails on some recorded matrix of
outcomes; the mixture does not. Costs decide which of the two is evaluated and for how long, but not
which candidate is a challenger, because the best candidate is often a costly one.

The most informative of the next few tasks in the shared order is chosen, not that of all tasks.
The order is random, so a misfit of the model (several skills, tasks that discriminate differently)
still leaves a fair sample for every candidate, and candidates with common tasks are compared task
by task.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.allocators._worth import improvement, rate
from evolve.standings import Belief, Floats


class Pair(NamedTuple):
    """A purchase for a duel: a row of the belief, a task, and the reason."""

    row: int
    task: int
    why: str


class SelectedPairs:
    """The pairs selected since a fit, by all duels together."""

    def __init__(self, belief: Belief) -> None:
        """Starts empty.

        Args:
            belief: Holds the settled pairs.
        """
        self.before = belief.seen.sum(axis=1).astype(np.float64)
        self.bought = self.before.copy()
        self.room = belief.seen.shape[1] - self.before
        self._seen = belief.seen
        self._left: dict[int, list[int]] = {}

    def tasks(self, row: int) -> list[int]:
        """A candidate's tasks that are neither scored nor selected, in the shared order."""
        if row not in self._left:
            self._left[row] = np.flatnonzero(~self._seen[row]).tolist()
        return self._left[row]

    def add(self, row: int, task: int) -> None:
        """Selects a pair."""
        self.tasks(row).remove(task)
        self.bought[row] += 1
        self.room[row] -= 1

    def shrunk(self, variance: Floats) -> Floats:
        """A variance as it would be after the selected evaluations, by their number alone."""
        left: Floats = variance * (self.before + 1.0) / (self.bought + 1.0)
        return left

    def discount(self, row: int) -> float:
        """The information of another score relative to that of the first one after the fit."""
        return float(((self.before[row] + 1.0) / (self.bought[row] + 1.0)) ** 2)


class Duels:
    """The leader of some candidates and its possible challengers."""

    def __init__(
        self,
        belief: Belief,
        selected: SelectedPairs,
        cost_aware: bool,
        window: int = 1,
        among: NDArray[np.bool_] | None = None,
    ) -> None:
        """Finds the leader.

        Args:
            belief: The joint posterior.
            selected: The pairs selected so far; duels add to it.
            cost_aware: Whether cheaper evaluations are preferred.
            window: How many of the next tasks are compared.
            among: Which candidates take part, (n,); None means all.
        """
        self.belief = belief
        self.selected = selected
        self.window = window
        rows = np.ones(len(belief.mean), dtype=bool) if among is None else among
        seen = (selected.before > 0) & rows
        self.leader = int(np.argmax(np.where(seen, belief.mean, np.where(rows, -1.0, -2.0))))
        covariance, leader = belief.covariance, self.leader
        self.own = np.maximum(np.diag(covariance), 1e-12)
        self.difference = belief.mean - belief.mean[leader]
        together = self.own + self.own[leader] - 2.0 * covariance[leader]
        self.deviation = np.sqrt(np.maximum(together, 1e-12))
        self.others = rows.copy()
        self.others[leader] = False
        self.cost = belief.cost if cost_aware else np.ones(len(self.own))
        relative = belief.relative_cost
        self.relative_cost = relative if cost_aware else np.ones(len(relative))
        # The variance of a score in units of its effect on the mean score.
        self.noise = np.maximum(belief.reach, 0.01)
        self._information: dict[tuple[int, int], list[float]] = {}

    def regret(self) -> float:
        """An upper bound of the expected gain of the best other candidate over the leader.

        The expected maximum of the gains is at most their sum, so many candidates that are each
        unlikely to be better count as much as one that is likely to be.
        """
        gains = improvement(self.difference, self.deviation)
        return float(gains[self.others].sum())

    def rates(self) -> Floats:
        """Every challenger's expected gain per cost."""
        variance = self.selected.shrunk(self.own)
        return rate(self.difference, variance, self.noise, self.cost, 0.0)

    def challenger(self, generator: np.random.Generator) -> tuple[int, str]:
        """The next challenger and the reason; −1 if no task is left for it or the leader.

        Args:
            generator: Draws the rule and the posterior scores.
        """
        room = self.selected.room > 0
        open_ = self.others & (room | room[self.leader])
        if not open_.any():
            return -1, ""
        rule = int(generator.integers(3))
        if rule == 0:
            deviation = np.sqrt(self.selected.shrunk(self.deviation**2))
            worth, why = improvement(self.difference, deviation), "may be better"
        elif rule == 1:
            worth, why = self.rates(), "most gain for its cost"
        else:
            noise = self.belief.root @ generator.standard_normal(len(self.own))
            worth = self.belief.mean + self.selected.shrunk(np.ones(len(noise))) ** 0.5 * noise
            why = "best in a random draw"
        best = int(np.argmax(np.where(open_, worth, -np.inf)))
        points = 100 * float(self.difference[best])
        where = "above" if points > 0 else "below"
        return best, f"{why} ({abs(points):.1f} points {where} the leader)"

    def buy(self, challenger: int, why: str, number: int) -> list[Pair]:
        """The next pairs of the challenger or the leader, the most informative per cost first."""
        sides = [
            _Side(row, self.selected.discount(row), *self._next_tasks(row, challenger, number))
            for row in (challenger, self.leader)
        ]
        pairs: list[Pair] = []
        while len(pairs) < number:
            side = max(sides, key=lambda side: side.worth(self.window))
            if not side.tasks:
                break
            task = side.pop(self.window)
            self.selected.add(side.row, task)
            side.discount = self.selected.discount(side.row)
            pairs.append(Pair(side.row, task, why))
        return pairs

    def _next_tasks(self, one: int, challenger: int, number: int) -> tuple[list[int], list[float]]:
        """The next tasks of a candidate, and the information of each per cost."""
        if (one, challenger) not in self._information:
            self._information[one, challenger] = self._information_by_task(one, challenger)
        information = self._information[one, challenger]
        tasks = self.selected.tasks(one)[: self.window + number - 1]
        return tasks, [information[task] for task in tasks]

    def _information_by_task(self, one: int, challenger: int) -> list[float]:
        """How much a score on each task reduces the variance of the difference, per cost."""
        belief, leader = self.belief, self.leader
        columns, sign = belief.column, 1.0 if one == challenger else -1.0
        slope, chance = belief.slopes[one, columns], belief.predicted[one, columns]
        with_ability = belief.with_ability[challenger, one] - belief.with_ability[leader, one]
        with_all = belief.with_difficulty
        with_tasks = with_all[challenger, columns] - with_all[leader, columns]
        own = sign * slope / belief.seen.shape[1]
        together = slope * (with_ability - with_tasks) + own
        drop = together**2 / (chance * (1.0 - chance) + 1e-9)
        per_cost: list[float] = (drop / (self.cost[one] * self.relative_cost)).tolist()
        return per_cost


class _Side:
    """One of two candidates in a duel: its next tasks and their information."""

    def __init__(
        self, row: int, discount: float, tasks: list[int], information: list[float]
    ) -> None:
        self.row = row
        self.discount = discount
        self.tasks = tasks
        self.information = information

    def worth(self, window: int) -> float:
        """The information of the most informative of the next tasks; −1 if there is none."""
        return self.discount * max(self.information[:window]) if self.information else -1.0

    def pop(self, window: int) -> int:
        """Removes and returns that task."""
        place = self.information.index(max(self.information[:window]))
        del self.information[place]
        return self.tasks.pop(place)
