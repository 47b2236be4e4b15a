"""Scoring by a function of your own."""

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from pydantic import Field, field_validator

from archive.records import Score, Trace
from evolve.errors import TaskError
from evolve.functions.calling import Caller
from evolve.functions.loading import load_function
from evolve.tasks.base import Scorer, Task
from evolve.tasks.replies import read, written

_ROUNDING = 1e-9
"""How far a mean of numbers from 0 to 1 may lie outside of these."""


class Python(Scorer):
    """Calls ``function(task, answer)``, plain or async, and takes what it returns.

    That is a number from 0 to 1, or {score: …, feedback: …}. A function with a third parameter
    ``reply`` gets the whole reply that holds the answer, too. A plain function works in a thread
    beside the event loop and may start a loop of its own; what it prints goes to standard error.
    """

    function: str = Field(
        description="`module:function` or `path/to/file.py:function`, from the run file's folder; "
        "its signature is `function(task, answer)` or `function(task, answer, reply)`."
    )
    threads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Calls of a plain function at once; more for one that waits for something.",
    )
    timeout_s: float = Field(
        default=600.0,
        gt=0,
        description="Seconds that a call may take; the run stops where one takes longer.",
    )

    @classmethod
    def names_code(cls, options: Mapping[str, Any]) -> bool:
        """Always."""
        return True

    @field_validator("function")
    @classmethod
    def _can_be_loaded(cls, value: str) -> str:
        _require_signature(load_function(value), value)
        return value

    @property
    def cpus(self) -> float:
        """One, since what the function does is unknown."""
        return 1.0

    @property
    def reads_texts(self) -> bool:
        """Always: the function may expect any text."""
        return True

    def check(self, answer: object) -> str:
        """Any truth will do."""
        return ""

    def submission(self, trace: Trace) -> str:
        """The answer, with its reply where the function takes one."""
        return written(trace) if self._takes_reply else trace.answer

    async def score(self, task: Task, answer: str) -> Score:
        """Calls the function.

        Raises:
            TaskError: It raises, or returns something that is no score.
        """
        given: tuple[str, ...] = read(answer) if self._takes_reply else (answer,)
        try:
            result = await self._caller.call(self._function, task, *given)
        except TimeoutError as error:
            raise self._error(
                task, f"{error or 'timed out'}; see its option `timeout_s`"
            ) from error
        except (Exception, SystemExit) as error:
            raise self._error(task, f"raised {type(error).__name__}: {error}") from error
        return self._score(task, result)

    @cached_property
    def _function(self) -> Callable[..., Any]:
        return load_function(self.function)

    @cached_property
    def _caller(self) -> Caller:
        return Caller(self.threads, self.timeout_s)

    @cached_property
    def _takes_reply(self) -> bool:
        try:
            return "reply" in inspect.signature(self._function).parameters
        except (TypeError, ValueError):  # some functions of C have no signature
            return False

    def _score(self, task: Task, result: object) -> Score:
        value, feedback = result, ""
        if isinstance(result, Mapping):
            value, feedback = result.get("score"), result.get("feedback") or ""
        number = _number(value)
        if not -_ROUNDING <= number <= 1 + _ROUNDING or not isinstance(feedback, str):
            raise self._error(
                task,
                f"returned {result!r:.80}; expected a number from 0 to 1 or "
                "{'score': number, 'feedback': text}",
            )
        return Score(value=min(max(number, 0.0), 1.0), feedback=feedback)

    def _error(self, task: Task, message: str) -> TaskError:
        return TaskError(f"the scorer {self.function} on task {task.input.id!r}: {message:.300}")


def _require_signature(function: Callable[..., Any], name: str) -> None:
    """Refuses a function that cannot be called as a scorer, before anything is paid.

    Raises:
        ValueError: It takes other parameters.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions of C have no signature
        return
    given = (None, "", "") if "reply" in signature.parameters else (None, "")
    try:
        signature.bind(*given)
    except TypeError as error:
        raise ValueError(
            f"{name}{signature}: {error}; expected function(task, answer) or "
            "function(task, answer, reply)"
        ) from None


def _number(value: Any) -> float:  # noqa: ANN401 - whatever a function returns
    """A number as a float; NaN for anything else."""
    if isinstance(value, str | bytes):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
