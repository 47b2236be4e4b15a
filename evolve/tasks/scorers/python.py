"""Scoring by a function of one's own."""

import inspect
import math
from collections.abc import Mapping

from pydantic import Field, field_validator

from archive.records import Score
from evolve.errors import TaskError
from evolve.plugins import load_function
from evolve.tasks.base import Scorer, Task


class Python(Scorer):
    """Calls ``function(task, answer)``, plain or async, and takes what it returns.

    That is a number from 0 to 1, or {score: …, feedback: …}. A plain function holds everything
    else up while it works, so one that takes long should be async.
    """

    function: str = Field(description="As in `module:function`; importable from the run's folder.")

    @field_validator("function")
    @classmethod
    def _can_be_loaded(cls, value: str) -> str:
        load_function(value)
        return value

    @property
    def cpus(self) -> float:
        """One, as far as anybody knows."""
        return 1.0

    def check(self, answer: object) -> str:
        """Any truth will do."""
        return ""

    async def score(self, task: Task, answer: str) -> Score:
        """Calls the function.

        Raises:
            TaskError: It raises, or returns something that is no score.
        """
        try:
            result = load_function(self.function)(task, answer)
            if inspect.isawaitable(result):
                result = await result
        except (Exception, SystemExit) as error:
            raise self._error(task, f"raised {type(error).__name__}: {error}") from error
        return self._score(task, result)

    def _score(self, task: Task, result: object) -> Score:
        value, feedback = result, ""
        if isinstance(result, Mapping):
            value, feedback = result.get("score"), result.get("feedback", "")
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, str) or not 0 <= number <= 1 or not isinstance(feedback, str):
            raise self._error(
                task,
                f"returned {result!r:.80}; expected a number from 0 to 1 or "
                "{'score': number, 'feedback': text}",
            )
        return Score(value=number, feedback=feedback)

    def _error(self, task: Task, message: str) -> TaskError:
        return TaskError(f"the scorer {self.function} on task {task.input.id!r}: {message:.300}")
