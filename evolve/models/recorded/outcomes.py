"""Answers that real models gave to the tasks of a benchmark, as replies.

The table is an ``.npz`` file with ``systems`` (n names), ``tasks`` (m ids), ``answers`` (n × m
texts, empty where there is none) and perhaps ``out_chars`` (n × m lengths of the whole outputs, in
characters). There is one answer for each system and task, so every sample is the same.
"""

import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import Field

from evolve.data.fields import filled, text_at
from evolve.data.rows import read_rows
from evolve.errors import OutageError
from evolve.models.base import Message, Reply, Request
from evolve.plugins import RunPath
from search_spaces.errors import ConfigError, unknown
from search_spaces.frozen import Frozen

_CHARACTERS_PER_TOKEN = 4


class RecordedTasks(Frozen):
    """The task file of a table, and how its rows become questions."""

    file: RunPath = Field(description="The task file.")
    input: str = Field(default="question", description="As in the run file's `tasks`.")
    id: str = Field(default="id", description="The field with the ids that the table uses.")


class Outcomes:
    """The answers of one system, found by the question that a request holds."""

    def __init__(
        self, questions: "Questions", answers: dict[str, str], tokens: dict[str, int]
    ) -> None:
        """Answers by task.

        Args:
            questions: Finds a request's task.
            answers: The recorded answers, by task id.
            tokens: About how long the outputs were.
        """
        self._questions = questions
        self._answers = answers
        self._tokens = tokens

    @classmethod
    def read(cls, matrix: Path, system: str, tasks: RecordedTasks) -> "Outcomes":
        """Reads one system's answers.

        Raises:
            ConfigError: A file cannot be read, or knows no such system or none of the tasks.
        """
        table = _table(matrix, _stamp(matrix))
        if system not in table.systems:
            raise ConfigError(f"{matrix}: {unknown('system', system, table.systems)}")
        row = table.systems.index(system)
        answers = dict(zip(table.tasks, table.answers[row], strict=True))
        questions = _questions(tasks, _stamp(tasks.file))
        if not answers.keys() & questions.ids:
            raise ConfigError(f"{tasks.file}: none of its ids is in {matrix}; check `tasks.id`")
        return cls(questions, answers, dict(zip(table.tasks, table.tokens[row], strict=True)))

    def task_of(self, request: Request) -> str:
        """The id of the task that a request is about.

        Raises:
            OutageError: It is none that the table has.
        """
        task = self._questions.find(request.messages)
        if task is None or task not in self._answers:
            raise OutageError(
                "a recorded model got a request about none of its tasks; give it the "
                "table's own tasks, as `tasks` of the run, and nothing else to do"
            )
        return task

    def reply(self, task: str, request: Request, *, free: bool = False) -> Reply:
        """The reply that the system gave to a task."""
        prompt = sum(len(message.content) for message in request.messages)
        return Reply(
            text=f"Answer: {self._answers[task]}".rstrip(),
            prompt_tokens=-(-prompt // _CHARACTERS_PER_TOKEN),
            completion_tokens=min(self._tokens[task], request.max_tokens),
            latency_s=0.0,
            free=free,
        )


class Questions:
    """Finds the task that a conversation is about, by the text of its question."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Task ids by question."""
        # The longest question that fits is meant: it may quote a shorter one.
        self._texts = dict(sorted(texts.items(), key=lambda item: -len(item[0])))
        self._found: dict[str, str | None] = {}

    @property
    def ids(self) -> set[str]:
        """Every task's id."""
        return set(self._texts.values())

    def find(self, messages: Sequence[Message]) -> str | None:
        """The task of the last message that holds a question; None if no message does."""
        return next(filter(None, (self._within(turn.content) for turn in reversed(messages))), None)

    def _within(self, content: str) -> str | None:
        if content not in self._found:
            if len(self._found) > 100_000:
                self._found.clear()
            fitting = (task for text, task in self._texts.items() if text in content)
            self._found[content] = next(fitting, None)
        return self._found[content]


class _Table(NamedTuple):
    systems: list[str]
    tasks: list[str]
    answers: list[list[str]]
    tokens: list[list[int]]


def _stamp(file: Path) -> tuple[int, int]:
    """What changes when a file does."""
    try:
        stat = file.stat()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    return stat.st_mtime_ns, stat.st_size


# Dozens of models of a run read the same two files.


@lru_cache(maxsize=2)
def _table(matrix: Path, stamp: tuple[int, int]) -> _Table:
    try:
        with np.load(matrix, allow_pickle=False) as file:
            systems, tasks, answers = (file[name] for name in ("systems", "tasks", "answers"))
            lengths = file["out_chars"] if "out_chars" in file else np.char.str_len(answers)
    except KeyError as error:
        raise ConfigError(f"{matrix}: holds no {error.args[0]}") from None
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{matrix}: is no .npz table: {error}") from None
    if not len(systems) == len(answers) or answers.shape[1:] != (len(tasks),):
        raise ConfigError(f"{matrix}: `answers` should have a row a system and a column a task")
    tokens = np.ceil(np.nan_to_num(lengths) / _CHARACTERS_PER_TOKEN).astype(int)
    return _Table(
        [str(name) for name in systems],
        [str(name) for name in tasks],
        [[str(answer) for answer in row] for row in answers],
        tokens.tolist(),
    )


@lru_cache(maxsize=2)
def _questions(tasks: RecordedTasks, stamp: tuple[int, int]) -> Questions:
    rows = read_rows(tasks.file)
    return Questions({filled(row, tasks.input): text_at(row, tasks.id) for row in rows})
