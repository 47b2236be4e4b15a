"""Runs tests, whose calls of the tested functions are made in another sandbox by a worker.

The program that is tested is never loaded here: it sees the arguments of calls, and only what they
return comes back, as plain values. The verdict goes where the program cannot write.
"""

from __future__ import annotations

import builtins
import os

from evolve.sandbox.inside import wire
from evolve.sandbox.inside.limits import close_in

TYPE_CHECKING = False  # the module `typing` takes longer to read than most programs run
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO, Any


class ProgramEnded(BaseException):
    """The tested program does not answer as it should; no test may catch this."""


class Worker:
    """The other process, which has the program."""

    def __init__(self, replies: IO[bytes], requests: IO[bytes]) -> None:
        self.replies = replies
        self.requests = requests

    def load(self, source: str) -> None:
        """Loads the program, which must come first."""
        answer = self._ask(source)
        if answer[0] == "raised":
            raise ProgramEnded(f"the program cannot be loaded: {answer[1]}: {answer[2]}")

    def function(self, name: str) -> Callable[..., Any]:
        """A stand-in for a function of the program."""

        def stand_in(*arguments: object, **named: object) -> object:
            answer = self._ask((name, arguments, named))
            if answer[0] == "raised":
                raise _raised(*answer[1:])
            if answer[0] == "unwritable":
                raise ProgramEnded(f"what {name} returns cannot be compared: {answer[1]}")
            _, value, changed = answer
            _write_back(arguments, changed)
            return value

        stand_in.__name__ = name
        return stand_in

    def _ask(self, message: object) -> tuple[Any, ...]:
        try:
            wire.send(self.requests, message)
            answer = wire.receive(self.replies)
        except (OSError, EOFError, ValueError, RecursionError):
            raise ProgramEnded(_SILENT) from None
        if type(answer) is not tuple or not answer or type(answer[0]) is not str:
            raise ProgramEnded(_SILENT)
        if len(answer) != _PARTS.get(answer[0]):
            raise ProgramEnded(_SILENT)
        return answer


_SILENT = "the program ended, or sent an unexpected reply"
_PARTS = {"loaded": 1, "raised": 3, "unwritable": 2, "value": 3}
"""How many parts each kind of answer has."""


def _raised(name: object, text: object) -> Exception:
    """The exception that a program raised, as one of the built-in kinds."""
    kind = getattr(builtins, name, None) if type(name) is str else None
    if (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, UnicodeError)
    ):
        return kind(str(text))
    return RuntimeError(f"{name}: {text}")


def _write_back(arguments: Sequence[Any], changed: object) -> None:
    """What a call did to its arguments."""
    if type(changed) is not tuple:
        raise ProgramEnded(_SILENT)
    for mine, theirs in zip(arguments, changed, strict=False):
        if type(mine) is list and type(theirs) is list:
            mine[:] = theirs
        elif type(mine) in (dict, set) and type(theirs) is type(mine):
            mine.clear()
            mine.update(theirs)


def _failing_line(error: BaseException, tests: str) -> str:
    """The line of the tests in which it went wrong."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "tests":
            line = step.tb_lineno
        step = step.tb_next
    lines = tests.splitlines()
    return lines[line - 1].strip()[:300] if 0 < line <= len(lines) else ""


def judge(
    worker: Worker, program: str, prelude: str, tests: str, names: Sequence[str]
) -> tuple[bool, str, str]:
    """Whether every test passes, why not, and in which line of the tests."""
    within: dict[str, Any] = {"__name__": "tests"}
    try:
        exec(compile(prelude, "prelude", "exec"), within)  # noqa: S102 - from the task
        worker.load(program)
        for name in names:
            within[name] = worker.function(name)
        exec(compile(tests, "tests", "exec"), within)  # noqa: S102 - from the task
    except BaseException as error:  # noqa: BLE001 - a test may raise anything
        why = str(error) if isinstance(error, ProgramEnded) else f"{type(error).__name__}: {error}"
        if isinstance(error, AssertionError) and not str(error):
            why = "it does not hold"
        return (False, why[:500], _failing_line(error, tests))
    return (True, "", "")


def main() -> None:
    """Reads the job, which comes before anything that the program may say, and judges."""
    close_in()
    replies, requests = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    verdict = os.fdopen(os.dup(2), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    wire.send(verdict, judge(Worker(replies, requests), *wire.receive(replies)))
    os._exit(0)


main()
