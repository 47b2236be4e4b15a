"""Task sets: a file's rows as tasks, in three splits of which one is sealed."""

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from archive.records import Split, TaskRecord
from evolve.errors import TaskError
from evolve.plugins import RunPath
from evolve.tasks.base import SCORERS, Scorer, Task, TaskInput
from evolve.tasks.datasets import Dataset
from evolve.tasks.fields import filled, problem_of, text_at, value_at
from evolve.tasks.rows import Row, read_rows
from evolve.tasks.splits import SPLITS, Shares, assign, sample
from search_spaces.errors import unknown
from search_spaces.frozen import Frozen
from search_spaces.text import whole

LEAST = 2
"""Tasks that validation and test need: fewer have no interval."""

DEFAULT_SHARES = Shares(train=0.2, validation=0.4, test=0.4)


class TaskSet:
    """The tasks of a run. The test split is sealed: every look at it is counted."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = sorted(tasks, key=lambda task: task.number)
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
            record: Called with what is looked at, before anybody sees it.
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
    def longest(self) -> TaskInput:
        """A stand-in with as many bytes as the longest input, so that none is given away."""
        text, instructions = (
            max(len(getattr(task.input, part).encode()) for task in self._tasks)
            for part in ("text", "instructions")
        )
        return TaskInput(id="longest", text="x" * text, instructions="x" * instructions)

    def _of(self, split: Split) -> tuple[Task, ...]:
        return tuple(task for task in self._tasks if task.split == split)


class TaskSettings(Frozen):
    """Where tasks come from, which field is what, and how answers are scored.

    A field may be a dotted path into nested objects.
    """

    file: RunPath | None = Field(
        default=None,
        description="A .jsonl, .json or .csv file, perhaps with .gz; relative to the run file.",
    )
    dataset: Dataset | None = Field(
        default=None,
        description="Instead of a file: a data set of the Hugging Face hub, or a local one.",
    )
    input: str = Field(
        default="question", min_length=1, description="A field, or a text with {field}s."
    )
    answer: str | None = Field(
        default="answer",
        description="The field with the truth; null: the whole row, for a scorer of your own.",
    )
    answer_pattern: str | None = Field(
        default=None,
        description="A regular expression that finds the truth in the field's text: its first "
        "group, or all of it.",
    )
    id: str | None = Field(default=None, description="A field; none: the number of the line.")
    domain: str | None = Field(default=None, description="A field; none: all in one domain.")
    split: str | None = Field(
        default=None, description="A field that says train, validation or test."
    )
    splits: Shares | None = Field(
        default=None,
        description="Shares of a random split, where no field says it; "
        "none: train .2, validation .4, test .4.",
    )
    limit: int | None = Field(
        default=None, ge=1, description="Use only so many tasks, drawn from all domains alike."
    )
    validation: int | None = Field(
        default=None,
        ge=LEAST,
        description="Use only so many validation tasks, drawn from all domains alike.",
    )
    instructions: str = Field(
        default="Finish with a line 'Answer: <answer>'.",
        description="What agents are told about the form of the answer.",
    )
    scorer: Annotated[Scorer, SCORERS] = SCORERS.default("exact")

    @field_validator("input")
    @classmethod
    def _is_a_field_or_a_template(cls, value: str) -> str:
        if "{" in value and (problem := problem_of(value)):
            raise ValueError(problem)
        return value

    @field_validator("answer_pattern")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if (self.file is None) == (self.dataset is None):
            raise ValueError("name either a `file` or a `dataset`")
        return self

    @model_validator(mode="after")
    def _splits_in_one_way(self) -> Self:
        if self.split is not None and self.splits is not None:
            raise ValueError("`split` names a field and `splits` gives shares; keep one of them")
        return self

    def load(self, seed: int) -> TaskSet:
        """Reads the tasks.

        Args:
            seed: The run's; it decides random splits and what a limit leaves.

        Raises:
            TaskError: The file cannot be used; the message names it and the place.
        """
        rows = self._rows()
        tasks = [self._task(number, row) for number, row in enumerate(rows)]
        _check_ids(tasks, rows)
        if self.limit is not None and self.limit < len(tasks):
            strata = [f"{task.split} {task.domain}" for task in tasks]
            kept = sample(strata, self.limit, Random(f"{seed}/limit/0"))
            tasks = [tasks[place] for place in kept]
        if self.split is None:
            shares = self.splits or DEFAULT_SHARES
            splits = assign([t.domain for t in tasks], shares, Random(f"{seed}/split/0"))
            tasks = [
                task.model_copy(update={"split": split})
                for task, split in zip(tasks, splits, strict=True)
            ]
        if self.validation is not None:
            tasks = _with_validation(tasks, self.validation, Random(f"{seed}/validation/0"))
        self._check_sizes(tasks)
        return TaskSet(tasks)

    @property
    def source(self) -> str:
        """What people call the place that tasks come from."""
        return str(self.file) if self.dataset is None else f"data set {self.dataset.name}"

    def _rows(self) -> list[Row]:
        if self.dataset is not None:
            return self.dataset.read()
        assert self.file is not None
        return read_rows(self.file)

    def _task(self, number: int, row: Row) -> Task:
        identity = str(row.number) if self.id is None else text_at(row, self.id)
        text = filled(row, self.input)
        return Task(
            number=number,
            input=TaskInput(id=identity, text=text, instructions=self.instructions),
            answer=self._truth(row),
            domain="" if self.domain is None else text_at(row, self.domain),
            split="train" if self.split is None else _split(row, self.split),
        )

    def _truth(self, row: Row) -> Any:  # noqa: ANN401 - of whatever type the scorer expects
        truth = dict(row.values) if self.answer is None else value_at(row, self.answer)
        if self.answer is not None and self.answer_pattern is not None:
            found = re.search(self.answer_pattern, text_at(row, self.answer))
            if found is None:
                raise row.error(f"{self.answer!r} holds nothing that fits {self.answer_pattern!r}")
            truth = (found[1] if found.re.groups else found[0]) or ""
        if isinstance(truth, str):
            truth = whole(truth).strip()
        if problem := self.scorer.check(truth):
            scorer = self.scorer.plugin_name()
            raise row.error(f"the truth {truth!r:.60} does not suit the scorer {scorer}: {problem}")
        return truth

    def _check_sizes(self, tasks: Sequence[Task]) -> None:
        for split in ("validation", "test"):
            size = sum(task.split == split for task in tasks)
            if size < LEAST:
                raise TaskError(
                    f"{self.source}: of {len(tasks)} tasks {size} are for {split}, which needs at "
                    f"least {LEAST}; add tasks or change `tasks.split` or `tasks.splits`"
                )


def _with_validation(tasks: Sequence[Task], count: int, rng: Random) -> list[Task]:
    """The tasks with so many for validation at most."""
    compared = [task for task in tasks if task.split == "validation"]
    kept = set(sample([task.domain for task in compared], min(count, len(compared)), rng))
    spare = {task.number for place, task in enumerate(compared) if place not in kept}
    return [task for task in tasks if task.number not in spare]


def _split(row: Row, field: str) -> Split:
    written = text_at(row, field)
    for split in SPLITS:
        if written == split:
            return split
    raise row.error(str(unknown("split", written, SPLITS)))


def _check_ids(tasks: Sequence[Task], rows: Sequence[Row]) -> None:
    seen: dict[str, Row] = {}
    for task, row in zip(tasks, rows, strict=True):
        first = seen.setdefault(task.input.id, row)
        if first is not row:
            raise row.error(f"the id {task.input.id!r:.60} is already that of {first.place}")
