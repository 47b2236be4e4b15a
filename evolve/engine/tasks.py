"""The tasks of a search, in the order that all candidates share."""

from collections.abc import Iterator, Sequence
from typing import overload

from evolve.tasks.base import Task


class SearchTasks(Sequence[Task]):
    """The validation tasks by column, and every task that may be evaluated by its number.

    Attributes:
        column: The column of each validation task in the standings, by the task's number.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Keeps the validation tasks in their shared order."""
        self.column = {task.number: column for column, task in enumerate(tasks)}
        self._tasks = tuple(tasks)
        self._by_number = {task.number: task for task in tasks}

    @overload
    def __getitem__(self, column: int) -> Task: ...

    @overload
    def __getitem__(self, column: slice) -> Sequence[Task]: ...

    def __getitem__(self, column: int | slice) -> Task | Sequence[Task]:
        return self._tasks[column]

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks)

    def by_number(self, number: int) -> Task:
        """The task of that number in the task file."""
        return self._by_number[number]

    def unseal(self, tasks: Sequence[Task]) -> None:
        """Adds sealed tasks for the confirmation; they have no column in the standings."""
        self._by_number |= {task.number: task for task in tasks}
