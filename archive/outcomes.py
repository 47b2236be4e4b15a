"""Scores by candidate and task: changes from parent to child, and how well tasks discriminate.

Only rollouts of the search count, never those of sealed tasks.
"""

import statistics
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archive.records import Rollout, Standing

PASSED = 0.5
"""The mean score from which a task counts as solved."""

ENOUGH = 8
"""Candidates with a score on a task that its discrimination is estimated from at least."""


class Changes(NamedTuple):
    """The tasks that a candidate solves and its parent does not, and the reverse."""

    fixed: tuple[int, ...]
    broken: tuple[int, ...]
    shared: int
    """The number of tasks with scores of both."""


class TaskFigures(NamedTuple):
    """Statistics of a task."""

    task: int
    candidates: int
    mean: float
    telling: float | None
    """The correlation of its scores with the candidates' posterior means; None: too few."""


class Outcomes:
    """The mean score of each candidate on each task."""

    def __init__(self, rollouts: Iterable[Rollout] = ()) -> None:
        self._totals: dict[int, dict[int, tuple[float, int]]] = {}
        for rollout in rollouts:
            self.add(rollout)

    def add(self, rollout: Rollout) -> None:
        """Adds a rollout, if it is one of the search."""
        if rollout.purpose == "search":
            row = self._totals.setdefault(rollout.candidate, {})
            total, count = row.get(rollout.task, (0.0, 0))
            row[rollout.task] = total + rollout.score.value, count + 1

    def scores(self, candidate: int) -> dict[int, float]:
        """The candidate's mean scores, by task number."""
        row = self._totals.get(candidate, {})
        return {task: total / count for task, (total, count) in row.items()}

    def changes(self, child: int, parent: int) -> Changes:
        """The tasks that a child fixed and broke, by number."""
        after, before = self.scores(child), self.scores(parent)
        shared = sorted(after.keys() & before.keys())
        return Changes(
            fixed=tuple(task for task in shared if before[task] < PASSED <= after[task]),
            broken=tuple(task for task in shared if after[task] < PASSED <= before[task]),
            shared=len(shared),
        )

    def tasks(self, standings: Iterable[Standing]) -> list[TaskFigures]:
        """Every task with a score, the hardest first.

        Args:
            standings: The standings of the candidates.
        """
        believed = {standing.candidate: standing.mean for standing in standings}
        met: dict[int, dict[int, float]] = {}
        for candidate in self._totals:
            for task, score in self.scores(candidate).items():
                met.setdefault(task, {})[candidate] = score
        found = [
            TaskFigures(task, len(row), statistics.fmean(row.values()), _correlation(row, believed))
            for task, row in met.items()
        ]
        return sorted(found, key=lambda each: (each.mean, each.task))


def _correlation(scores: Mapping[int, float], believed: Mapping[int, float]) -> float | None:
    """Pearson's correlation of scores and posterior means; None where either is constant."""
    known = [candidate for candidate in scores if candidate in believed]
    if len(known) < ENOUGH:
        return None
    try:
        return statistics.correlation(
            [scores[candidate] for candidate in known],
            [believed[candidate] for candidate in known],
        )
    except statistics.StatisticsError:
        return None
