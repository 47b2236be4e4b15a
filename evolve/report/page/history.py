"""The best candidate by spend, recomputed from a run's results in large steps."""

from collections.abc import Sequence
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Candidate, ProposalResult, Rollout, Run, Standing, Usage
from evolve.standings import Observation, Standings
from evolve.standings.best import objective_of
from evolve.standings.lineage import near_parents
from evolve.standings.objective import Objective
from evolve.standings.one_thread import one_thread

POINTS = 60
"""The approximate number of points of a finished run."""


class Point(NamedTuple):
    """The best candidate at one amount of spend."""

    results_seen: int
    spent: Usage
    evaluations: int
    best: Standing


class History:
    """Recomputes standings from a run's results; later calls only read new results."""

    def __init__(self, archive: Reader, run: Run) -> None:
        """Starts before the first result."""
        self.points: list[Point] = []
        self._archive = archive
        self._run = run
        self._objective: Objective = objective_of(run)
        tasks = [task.number for task in archive.tasks(run) if task.split != "test"]
        self._column = {number: column for column, number in enumerate(tasks)}
        self._standings = Standings(max(len(tasks), 1))  # a broken run may have none
        self._results_seen = 0
        self._spent = Usage()

    def catch_up(self) -> None:
        """Observes the results since the last call."""
        behind = self._archive.results_seen(self._run) - self._results_seen
        step = max(1, (self._results_seen + behind) // POINTS)
        candidates = self._archive.candidates(self._run)
        roots: set[int | None] = {each.number for each in candidates if not each.parents}
        self._admit(candidates, roots)
        waiting: list[Rollout] = []
        for result in self._archive.results(self._run, after=self._results_seen - 1):
            self._results_seen += 1
            if isinstance(result, ProposalResult):
                self._spent += Usage.total(step.usage for step in result.steps)
                self._admit(candidates, {result.candidate})
            else:
                judging = result.score.steps if isinstance(result, Rollout) else result.steps
                self._spent = sum(
                    (step.usage for step in judging), self._spent + result.trace.usage
                )
                if isinstance(result, Rollout):
                    waiting.append(result)
            if len(waiting) >= step:
                self._observe(waiting)
                waiting = []
        self._observe(waiting)

    @property
    def standings(self) -> list[Standing]:
        """The standings of all candidates after the results observed so far."""
        return self._standings.all()

    def _admit(self, candidates: Sequence[Candidate], joining: set[int | None]) -> None:
        """Adds candidates up to the given numbers, in order."""
        last = max((number for number in joining if number is not None), default=-1)
        for number in range(len(self._standings), last + 1):
            known = candidates[number : number + 1]  # none if it was added since they were read
            near = [n for c in known for n in near_parents(c, candidates)]
            self._standings.add([each for each in near if each < number])

    def _observe(self, rollouts: Sequence[Rollout]) -> None:
        observations = [
            Observation(
                each.candidate,
                self._column[each.task],
                each.score.value,
                each.trace.usage.cost(self._objective.unit),
            )
            for each in rollouts
            if each.purpose == "search" and each.task in self._column
        ]
        if not observations:
            return
        self._admit([], {each.candidate for each in observations})
        with one_thread():
            self._standings.observe_all(observations)
        if best := self._objective.best(self._standings.all()):
            evaluations = self._standings.observed
            self.points.append(Point(self._results_seen, self._spent, evaluations, best))
