"""Task settings of a run file: where tasks come from, and reading them."""

import re
from collections.abc import Sequence
from random import Random
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from archive.records import Split
from evolve.answers.base import FORMS, Form
from evolve.answers.inference import form_of
from evolve.data.datasets import Dataset
from evolve.data.fields import (
    EmptyError,
    MissingError,
    fields_of,
    filled,
    problem_of,
    text_at,
    value_at,
)
from evolve.data.rows import Row, read_rows
from evolve.errors import TaskError
from evolve.plugins import RunPath
from evolve.tasks.base import SCORERS, Scorer, Task, TaskInput
from evolve.tasks.incomplete import IncompleteError, incomplete
from evolve.tasks.repeated import repeated, same_text
from evolve.tasks.splits import SPLITS, Shares, assign, sample
from evolve.tasks.task_set import TaskSet
from evolve.tasks.truths import is_empty, named
from search_spaces.errors import unknown
from search_spaces.frozen import Frozen
from search_spaces.text import whole

LEAST = 2
"""Tasks that validation and test need: fewer have no interval."""

DEFAULT_SHARES = Shares(train=0.2, validation=0.4, test=0.4)


class TaskSettings(Frozen):
    """Where tasks come from, which field is what, and how answers are scored.

    A field may be a dotted path into nested objects.
    """

    file: RunPath | None = Field(
        default=None,
        description="A .jsonl, .json, .csv or .tsv file, perhaps with .gz; relative to the run "
        "file.",
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
    alternatives: str | None = Field(
        default=None, description="A field with further accepted answers: a text, or a list."
    )
    separator: str | None = Field(
        default=None,
        min_length=1,
        description="What stands between several accepted answers in one text, such as '|'.",
    )
    incomplete: Literal["refuse", "leave_out"] = Field(
        default="refuse", description="What happens to rows that lack their text or answer."
    )
    id: str | None = Field(default=None, description="A field; none: the number of the line.")
    domain: str | None = Field(default=None, description="A field; none: all in one domain.")
    split: str | None = Field(
        default=None, description="A field that says train, validation or test."
    )
    splits: Shares | None = Field(
        default=None,
        description="Shares of a random split, where no field says it; equal questions go to one "
        "split; none: train .2, validation .4, test .4.",
    )
    limit: int | None = Field(
        default=None, ge=1, description="Use only so many tasks, drawn from all domains alike."
    )
    validation: int | None = Field(
        default=None,
        ge=LEAST,
        description="Use only so many validation tasks, drawn from all domains alike.",
    )
    instructions: str | None = Field(
        default=None,
        description="The instruction on the answer; none: that of the form, which is "
        "\"Finish with a line 'Answer: <answer>'.\" for most.",
    )
    form: Annotated[Form, FORMS] | None = Field(
        default=None,
        description="The form of answers: how they are requested and read; none: "
        "found from the instructions, the scorer and the truths that are not sealed.",
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

    @model_validator(mode="after")
    def _hides_the_truth(self) -> Self:
        if self.answer is not None and self.answer in fields_of(self.input):
            raise ValueError(
                f"`input` shows the field {self.answer!r}, which is the `answer`: agents would see "
                "the truth; name another field"
            )
        return self

    @property
    def answer_form(self) -> Form:
        """The form of answers, as far as it is known without the tasks."""
        reads_texts = self.scorer.reads_texts
        return self.form or form_of((), self.instructions, reads_texts=reads_texts)

    @property
    def request(self) -> str:
        """The instruction on the answer."""
        return self.answer_form.request if self.instructions is None else self.instructions

    def with_form(self, tasks: Sequence[Task]) -> Self:
        """These settings with the form of answers that the truths of open tasks show."""
        if self.form is not None:
            return self
        truths = [task.answer for task in tasks if task.split != "test"]
        found = form_of(truths, self.instructions, reads_texts=self.scorer.reads_texts)
        return self if found == self.answer_form else self.model_copy(update={"form": found})

    def load(self, seed: int) -> TaskSet:
        """Reads the tasks.

        Args:
            seed: The run's; it decides random splits and what a limit leaves.

        Raises:
            TaskError: The file cannot be used; the message names it and the place.
        """
        rows, tasks, notes = self._read()
        _check_ids(tasks, rows)
        if self.limit is not None and self.limit < len(tasks):
            strata = [f"{task.split} {task.domain}" for task in tasks]
            kept = sample(strata, self.limit, Random(f"{seed}/limit/0"))
            tasks = [tasks[place] for place in kept]
        if self.split is None:
            tasks = self._dealt(tasks, Random(f"{seed}/split/0"))
        if self.validation is not None:
            tasks = _with_validation(tasks, self.validation, Random(f"{seed}/validation/0"))
        self._check_sizes(tasks)
        formed = self.with_form(tasks)
        asked = {"instructions": formed.request, "form": formed.answer_form}
        tasks = [
            task.model_copy(update={"input": task.input.model_copy(update=asked)}) for task in tasks
        ]
        return TaskSet(tasks, [*notes, *repeated(tasks)])

    def _read(self) -> tuple[list[Row], list[Task], list[str]]:
        """The rows, their tasks, and what is to be said of those that were left out."""
        every = self._rows()
        rows: list[Row] = []
        tasks: list[Task] = []
        lacking: list[tuple[Row, TaskError]] = []
        for number, row in enumerate(every):
            try:
                tasks.append(self._task(number, row))
                rows.append(row)
            except EmptyError as error:
                lacking.append((row, error))
        if not lacking:
            return rows, tasks, []
        if not tasks and isinstance(lacking[0][1], MissingError):
            raise lacking[0][1]
        problem = incomplete(self.source, len(every), lacking)
        if self.incomplete == "refuse" or not tasks:
            raise IncompleteError(problem)
        return rows, tasks, [f"{problem.partition(': ')[2]}: left out"]

    def _dealt(self, tasks: Sequence[Task], rng: Random) -> list[Task]:
        """The tasks in random splits, equal questions in one."""
        splits = assign(
            [task.domain for task in tasks],
            self.splits or DEFAULT_SHARES,
            rng,
            [same_text(task.input.text) for task in tasks],
        )
        return [
            task.model_copy(update={"split": split})
            for task, split in zip(tasks, splits, strict=True)
        ]

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
            input=TaskInput(id=identity, text=text),
            answer=self._truth(row),
            domain="" if self.domain is None else text_at(row, self.domain),
            split="train" if self.split is None else _split(row, self.split),
        )

    def _truth(self, row: Row) -> Any:  # noqa: ANN401 - of whatever type the scorer expects
        if self.answer is None:
            return self._checked(row, dict(row.values))
        truth = value_at(row, self.answer)
        if is_empty(truth):
            if self.scorer.check(None):
                raise EmptyError(str(row.error(f"the answer is empty ({named(truth)})")))
            return None
        if self.answer_pattern is not None:
            found = re.search(self.answer_pattern, text_at(row, self.answer))
            if found is None:
                raise row.error(f"{self.answer!r} holds nothing that fits {self.answer_pattern!r}")
            truth = (found[1] if found.re.groups else found[0]) or ""
        if isinstance(truth, str):
            truth = whole(truth).strip()
        return self._checked(row, self._with_alternatives(row, truth))

    def _with_alternatives(self, row: Row, truth: Any) -> Any:  # noqa: ANN401
        """A truth, or a list of it and everything else that is accepted."""
        if self.alternatives is None and self.separator is None:
            return truth
        further = None if self.alternatives is None else value_at(row, self.alternatives)
        accepted: list[Any] = []
        for given in (truth, further):
            for each in given if isinstance(given, list) else [given]:
                if isinstance(each, str) and self.separator is not None:
                    accepted += each.split(self.separator)
                else:
                    accepted.append(each)
        texts = (each.strip() if isinstance(each, str) else each for each in accepted)
        return list(dict.fromkeys(each for each in texts if not is_empty(each)))

    def _checked(self, row: Row, truth: Any) -> Any:  # noqa: ANN401
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
