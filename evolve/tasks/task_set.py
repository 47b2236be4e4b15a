"""The tasks of a run, in three splits of which one is sealed."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from archive.records import Split, TaskRecord
from evolve.tasks.base import Task, TaskInput


class TaskSet:
    """The tasks of a run. The test split is sealed: every look at it is counted."""

    def __init__(self, tasks: Iterable[Task], notes: Sequence[str] = ()) -> None:
        """Opens no seal.

        Args:
            tasks: All of them.
            notes: What people should know of them, a line each.
        """
        self._tasks = sorted(tasks, key=lambda task: task.number)
        self.notes = tuple(notes)
        self.looks = 0

    @property
    def train(self) -> tuple[Task, ...]:
        """What a search may learn from, in the order of the file."""
        return self._of("train")

    @property
    def validation(self) -> tuple[Task, ...]:
        """What candidates are compared on, in the order of the file."""
        return self._of("validation")

    @property
    def sealed(self) -> int:
        """How many test tasks there are."""
        return len(self._of("test"))

    def unseal(self, record: Callable[[tuple[Task, ...]], None] | None = None) -> tuple[Task, ...]:
        """Looks at the test split, in the order of the file, and counts it.

        Args:
            record: Called with the tasks before they are returned.
        """
        tasks = self._of("test")
        if record is not None:
            record(tasks)
        self.looks += 1
        return tasks

    @property
    def records(self) -> list[TaskRecord]:
        """What an archive keeps of the tasks: neither texts nor truths."""
        return [
            TaskRecord(number=task.number, id=task.input.id, split=task.split, domain=task.domain)
            for task in self._tasks
        ]

    @property
    def digest(self) -> str:
        """A digest of texts and truths, which tells whether these are still the same tasks."""
        texts = "\n".join(
            repr((task.number, task.split, task.input.text, task.answer)) for task in self._tasks
        )
        return hashlib.sha256(texts.encode(errors="surrogatepass")).hexdigest()

    @property
    def longest(self) -> TaskInput:
        """A stand-in with as many bytes as the longest input, which shows no sealed task."""
        text, instructions = (
            max(len(getattr(task.input, part).encode()) for task in self._tasks)
            for part in ("text", "instructions")
        )
        return TaskInput(id="longest", text="x" * text, instructions="x" * instructions)

    def _of(self, split: Split) -> tuple[Task, ...]:
        return tuple(task for task in self._tasks if task.split == split)
