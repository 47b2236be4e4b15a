"""What agents did, in a form that can be scored: the calls that worked, and the answer."""

import ast
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from archive.records import Trace


class Deed(NamedTuple):
    """A call that was made."""

    name: str
    arguments: Mapping[str, Any]


class Deeds(NamedTuple):
    """All calls that worked, in the order of the trace, and the answer."""

    calls: tuple[Deed, ...]
    answer: str


def written(trace: Trace) -> str:
    """The deeds of a trace as text, for scorers that are asked somewhere else."""
    calls = [
        [use.name, use.arguments] for step in trace.steps for use in step.tools if not use.failed
    ]
    return json.dumps({"calls": calls, "answer": trace.answer}, ensure_ascii=False)


def read(text: str) -> Deeds:
    """Takes back what `written` wrote; any other text is an answer without deeds."""
    try:
        values = json.loads(text)
        calls = tuple(Deed(name, json.loads(given or "{}")) for name, given in values["calls"])
        return Deeds(calls, values["answer"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return Deeds((), text)


def parsed_call(line: str) -> Deed | None:
    """A call written as in Python, such as ``calendar.delete(event_id="7")``; None if it is none.

    Only names and literals are read; nothing is run.
    """
    try:
        tree = ast.parse(line.strip(), mode="eval").body
        if not isinstance(tree, ast.Call) or tree.args:
            return None
        given = {each.arg: ast.literal_eval(each.value) for each in tree.keywords if each.arg}
        return Deed(ast.unparse(tree.func).removesuffix(".func"), given)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
