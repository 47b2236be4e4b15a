"""The examples in a strategy's view: read from the archive when the strategy asks for them.

They end with the last result before the decision to propose, so that a late answer and a resumed
run see the same examples.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Rollout, Run
from evolve.standings.view import Example, Examples
from evolve.tasks.base import Task


class _Past(NamedTuple):
    """The examples of one candidate, and the position of each in the order of results."""

    positions: list[int]
    examples: list[Example]


class SearchExamples:
    """The examples from a run's search; each rollout is read from the archive once."""

    def __init__(self, archive: Reader, run: Run, tasks: Sequence[Task]) -> None:
        """Reads nothing yet.

        Args:
            archive: Holds the rollouts.
            run: The run.
            tasks: The tasks that may be shown; rollouts on others are skipped.
        """
        self._archive = archive
        self._run = run
        self._tasks = {task.number: task for task in tasks}
        self._read = 0
        """The number of results read so far."""
        self._past: dict[int, _Past] = defaultdict(lambda: _Past([], []))

    def until(self, results_seen: int) -> Examples:
        """The examples among the first so many results."""
        return partial(self._examples, results_seen)

    def _examples(self, results_seen: int, candidate: int) -> list[Example]:
        if results_seen > self._read:
            self._read_on(results_seen)
        past = self._past[candidate]
        return past.examples[: bisect_left(past.positions, results_seen)]

    def _read_on(self, results_seen: int) -> None:
        rollouts = self._archive.rollouts(self._run, purpose="search", after=self._read - 1)
        for rollout in takewhile(lambda rollout: rollout.position < results_seen, rollouts):
            if rollout.task in self._tasks:
                past = self._past[rollout.candidate]
                past.positions.append(rollout.position)
                past.examples.append(self._example(rollout))
            self._read = rollout.position + 1

    def _example(self, rollout: Rollout) -> Example:
        task = self._tasks[rollout.task]
        return Example(
            task=task.input,
            domain=task.domain,
            score=rollout.score,
            failure=rollout.trace.failure,
            read_trace=partial(self._archive.trace, self._run, rollout.decision),
        )
