"""What candidates did on the tasks of a search: what changed from parents, which tasks tell.

Scores of sealed tasks have no place here: nobody is chosen by them.
"""

import statistics
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archive.records import Rollout, Standing

PASSED = 0.5
"""A mean score from which a task counts as solved."""

ENOUGH = 8
"""Candidates that must have met a task before it is said how telling it is."""


class Changes(NamedTuple):
    """Which tasks a candidate solves that its parent does not, and the other way round."""

    fixed: tuple[int, ...]
    broken: tuple[int, ...]
    shared: int
    """How many tasks both were scored on."""


class TaskFigures(NamedTuple):
    """A task in figures."""

    task: int
    candidates: int
    mean: float
    telling: float | None
    """The correlation of scores on it with what is believed of the candidates; None: too few."""


class Outcomes:
    """The mean score of each candidate on each task that it met."""

    def __init__(self, rollouts: Iterable[Rollout] = ()) -> None:
        self._totals: dict[int, dict[int, tuple[float, int]]] = {}
        for rollout in rollouts:
            self.tell(rollout)

    def tell(self, rollout: Rollout) -> None:
        """Takes a rollout in, if it is one of the search."""
        if rollout.purpose == "search":
            row = self._totals.setdefault(rollout.candidate, {})
            total, count = row.get(rollout.task, (0.0, 0))
            row[rollout.task] = total + rollout.score.value, count + 1

    def scores(self, candidate: int) -> dict[int, float]:
        """The candidate's mean scores, by task number."""
        row = self._totals.get(candidate, {})
        return {task: total / count for task, (total, count) in row.items()}

    def changes(self, child: int, parent: int) -> Changes:
        """What a child fixed and broke, in order of task numbers."""
        after, before = self.scores(child), self.scores(parent)
        shared = sorted(after.keys() & before.keys())
        return Changes(
            fixed=tuple(task for task in shared if before[task] < PASSED <= after[task]),
            broken=tuple(task for task in shared if after[task] < PASSED <= before[task]),
            shared=len(shared),
        )

    def tasks(self, standings: Iterable[Standing]) -> list[TaskFigures]:
        """Every task that somebody met, the hardest first.

        Args:
            standings: What is believed about the candidates.
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
    """Pearson's correlation of scores and beliefs; None where either does not vary."""
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
