"""What strategies are shown of the work of candidates: read from the archive when they ask.

It is what had been taken up to one decision, so that asking gives the same however late it happens,
and after a resume.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Rollout, Run
from evolve.tasks.base import Task
from evolve.view import Example, Examples


class _Past(NamedTuple):
    """The examples of one candidate, and when each was taken."""

    taken: list[int]
    examples: list[Example]


class Recall:
    """The rollouts of a run's search, for as far back as a view reaches.

    What was read once is kept, so that asking again costs only what is new.
    """

    def __init__(self, archive: Reader, run: Run, tasks: Sequence[Task]) -> None:
        """Reads nothing yet.

        Args:
            archive: Where rollouts are kept.
            run: Whose.
            tasks: The tasks that may be shown; rollouts on others are passed over.
        """
        self._archive = archive
        self._run = run
        self._tasks = {task.number: task for task in tasks}
        self._read = 0
        """How many results were looked through."""
        self._past: dict[int, _Past] = defaultdict(lambda: _Past([], []))

    def until(self, taken: int) -> Examples:
        """The examples that there were after so many results."""
        return partial(self._examples, taken)

    def _examples(self, taken: int, candidate: int) -> list[Example]:
        if taken > self._read:
            self._read_on(taken)
        past = self._past[candidate]
        return past.examples[: bisect_left(past.taken, taken)]

    def _read_on(self, taken: int) -> None:
        rollouts = self._archive.rollouts(self._run, purpose="search", after=self._read - 1)
        for rollout in takewhile(lambda rollout: rollout.taken < taken, rollouts):
            if rollout.task in self._tasks:
                past = self._past[rollout.candidate]
                past.taken.append(rollout.taken)
                past.examples.append(self._example(rollout))
            self._read = rollout.taken + 1

    def _example(self, rollout: Rollout) -> Example:
        task = self._tasks[rollout.task]
        return Example(
            task=task.input,
            domain=task.domain,
            score=rollout.score,
            failure=rollout.trace.failure,
            read_trace=partial(self._archive.trace, self._run, rollout.decision),
        )
