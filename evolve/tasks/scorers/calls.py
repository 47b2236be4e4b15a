"""Whether the calls were made that a task expects, in any order."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from archive.records import Score, Trace
from evolve.answers.reading import normalise
from evolve.tasks.base import Scorer, Task
from evolve.tasks.deeds import Deed, Deeds, parsed_call, read, written
from evolve.tasks.feedback import verdict_of


class Calls(Scorer):
    """1 if exactly the expected calls were made, or, where no tool was used, were written down.

    Calls are written as in Python, each on a line or all in one list; texts are compared case and
    spacing aside.
    """

    ignore: tuple[str, ...] = Field(
        default=(), description="Functions that only look things up: calls of them do not count."
    )

    def check(self, answer: object) -> str:
        """The truth has to be a list of calls."""
        return "" if _calls(answer) is not None else "expected a list of calls such as f(x='1')"

    def submission(self, trace: Trace) -> str:
        """What was done, and the answer."""
        return written(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Compares what was called with what, leaving the order aside."""
        wanted, deeds = _calls(task.answer) or [], read(answer)
        found = self._made(deeds)
        right = Counter(map(_plain, wanted)) == Counter(map(_plain, found))
        return verdict_of(right, _shown(wanted), _shown(found))

    def _made(self, deeds: Deeds) -> list[Deed]:
        counted = [deed for deed in deeds.calls if deed.name not in self.ignore]
        return counted if deeds.calls else _calls(deeds.answer) or []


def _calls(answer: object) -> list[Deed] | None:
    """The calls that a truth or an answer lists; None if it is no such list."""
    if isinstance(answer, str):
        try:
            answer = ast.literal_eval(answer.strip())
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            answer = [line for line in str(answer).splitlines() if line.strip()]
    if not isinstance(answer, list | tuple):
        return None
    read = [parsed_call(each) for each in answer if isinstance(each, str)]
    whole = len(read) == len(answer)
    return [deed for deed in read if deed] if whole and None not in read else None


def _plain(deed: Deed) -> tuple[str, tuple[tuple[str, str], ...]]:
    return deed.name, tuple(sorted((key, _text(value)) for key, value in deed.arguments.items()))


def _text(value: object) -> str:
    return normalise(str(value)) or str(value)


def _shown(deeds: Iterable[Deed]) -> str:
    return "; ".join(f"{deed.name}({_arguments(deed.arguments)})" for deed in deeds) or "no call"


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())
