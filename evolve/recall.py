"""What strategies are shown of the work of candidates: read from the archive when they ask.

It is what had been taken up to one decision, so that asking gives the same however late it happens,
and after a resume.
"""

from collections.abc import Sequence
from functools import partial
from itertools import takewhile

from archive.reading import Reader
from archive.records import Rollout, Run
from evolve.tasks.base import Task
from evolve.view import Example, Examples


class Recall:
    """The rollouts of a run's search, for as far back as a view reaches."""

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

    def until(self, taken: int) -> Examples:
        """The examples that there were after so many results."""
        return partial(self._examples, taken)

    def _examples(self, taken: int, candidate: int) -> list[Example]:
        rollouts = self._archive.rollouts(self._run, candidate, "search")
        past = takewhile(lambda rollout: rollout.taken < taken, rollouts)
        return [self._example(rollout) for rollout in past if rollout.task in self._tasks]

    def _example(self, rollout: Rollout) -> Example:
        task = self._tasks[rollout.task]
        return Example(
            task=task.input,
            domain=task.domain,
            score=rollout.score,
            failure=rollout.trace.failure,
            read_trace=partial(self._archive.trace, self._run, rollout.decision),
        )
