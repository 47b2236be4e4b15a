"""Scoring by a function of one's own."""

import importlib
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field, field_validator

from archive.records import Score
from evolve.errors import TaskError
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
        _load(value)
        return value

    def check(self, answer: object) -> str:
        """Any truth will do."""
        return ""

    async def score(self, task: Task, answer: str) -> Score:
        """Calls the function.

        Raises:
            TaskError: It raises, or returns something that is no score.
        """
        try:
            result = _load(self.function)(task, answer)
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


def _load(name: str) -> Callable[[Task, str], Any]:
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise ValueError(f"expected `module:function`, got {name!r}")
    try:
        function = getattr(importlib.import_module(module), attribute, None)
    except Exception as error:  # noqa: BLE001 - importing may run anything
        raise ValueError(f"{name}: cannot be loaded: {type(error).__name__}: {error}") from None
    if not callable(function):
        raise ValueError(f"{name}: {module} has no function {attribute!r}")
    return function  # type: ignore[no-any-return]
