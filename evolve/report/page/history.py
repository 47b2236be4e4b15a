"""What was believed best as the spend grew: the results of a run, learned again in large steps."""

from collections.abc import Sequence
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Birth, Rollout, Run, Standing
from evolve.arithmetic import one_thread
from evolve.best import objective_of
from evolve.objective import Objective
from evolve.standings import Standings, Told

POINTS = 60
"""How many points a finished run has, about."""


class Point(NamedTuple):
    """Who was best when that much was spent."""

    taken: int
    usd: float | None
    evaluations: int
    best: Standing


class History:
    """Learns a run from its results; what was learned stays when more is asked for."""

    def __init__(self, archive: Reader, run: Run) -> None:
        """Starts before the first result."""
        self.points: list[Point] = []
        self._archive = archive
        self._run = run
        self._objective: Objective = objective_of(run)
        tasks = [task.number for task in archive.tasks(run) if task.split != "test"]
        self._column = {number: column for column, number in enumerate(tasks)}
        self._standings = Standings(max(len(tasks), 1))  # a broken run may have none
        self._taken = 0
        self._usd: float | None = 0.0

    def catch_up(self) -> None:
        """Takes in what the run has learned since the last time."""
        behind = self._archive.taken(self._run) - self._taken
        step = max(1, (self._taken + behind) // POINTS)
        parents = self._archive.parents(self._run)
        self._admit(parents, {number for number, line in parents.items() if not line})
        waiting: list[Rollout] = []
        for result in self._archive.results(self._run, after=self._taken - 1):
            self._taken += 1
            if isinstance(result, Birth):
                self._spend(sum_usd(result))
                self._admit(parents, {result.candidate})
            else:
                judging = result.score.steps if isinstance(result, Rollout) else result.steps
                self._spend(sum((step.usage for step in judging), result.trace.usage).usd)
                if isinstance(result, Rollout):
                    waiting.append(result)
            if len(waiting) >= step:
                self._learn(waiting)
                waiting = []
        self._learn(waiting)

    @property
    def standings(self) -> list[Standing]:
        """What is believed about every candidate after the results taken in so far."""
        return self._standings.all()

    def _admit(self, parents: dict[int, tuple[int, ...]], joining: set[int | None]) -> None:
        """Candidates join by number; those before them were there already."""
        last = max((number for number in joining if number is not None), default=-1)
        for number in range(len(self._standings), last + 1):
            self._standings.add([each for each in parents.get(number, ()) if each < number])

    def _spend(self, usd: float | None) -> None:
        self._usd = None if usd is None or self._usd is None else self._usd + usd

    def _learn(self, rollouts: Sequence[Rollout]) -> None:
        told = [
            Told(each.candidate, self._column[each.task], each.score.value, each.trace.usage.usd)
            for each in rollouts
            if each.purpose == "search" and each.task in self._column
        ]
        if not told:
            return
        self._admit({}, {each.candidate for each in told})
        with one_thread():
            self._standings.tell_all(told)
        if best := self._objective.best(self._standings.all()):
            self.points.append(Point(self._taken, self._usd, self._standings.told, best))


def sum_usd(birth: Birth) -> float | None:
    """What a proposal cost, or None where a price is unknown."""
    amounts = [step.usage.usd for step in birth.steps]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
