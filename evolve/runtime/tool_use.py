"""The conversation of one turn of an agent that may use tools: it calls, is told, and goes on.

It ends when a reply calls nothing, or when the limits are reached; then a last reply is asked for
that must do without. Whatever goes wrong with a call is told to the model as that call's result.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from archive.records import ToolUse
from evolve.clock import really
from evolve.models.base import Message, Reply, Request, ToolCall
from evolve.runtime.limits import cut
from evolve.tools.base import Function, ToolError
from evolve.tools.toolbox import ToolLimits
from search_spaces.errors import EvolveError
from search_spaces.text import whole

NOTHING = "(it returned nothing)"
LAST = "No further calls are possible: give your answer now."


class Said(NamedTuple):
    """A reply, and what came of the calls that it made."""

    reply: Reply
    uses: tuple[ToolUse, ...] = ()


async def converse(
    complete: Callable[[Request], Awaitable[Reply]],
    request: Request,
    functions: Sequence[Function],
    limits: ToolLimits,
    text_bytes: int,
) -> list[Said]:
    """Lets a model answer, using functions on the way; the last reply is its answer.

    Args:
        complete: Asks the model.
        request: What is asked.
        functions: What it may call.
        limits: How much.
        text_bytes: What it is shown again of a reply of its own.

    Raises:
        EvolveError: Not the model's doing, such as an endpoint that does not serve.
    """
    by_name = {function.signature.name: function for function in functions}
    request = replace(request, tools=tuple(each.signature for each in functions))
    said: list[Said] = []
    calls_left = limits.calls
    for left in reversed(range(limits.rounds)):
        reply = await complete(request)
        calls = _numbered(reply.tool_calls[:calls_left], limits.calls - calls_left)
        if not calls or reply.refusal:
            return [*said, Said(reply)]
        uses = tuple([await _use(call, by_name) for call in calls])
        said.append(Said(reply, uses))
        calls_left -= len(calls)
        last = not left or not calls_left
        messages = (*request.messages, *_told(reply, calls, uses, text_bytes, last))
        request = replace(request, messages=messages, tool_choice="none" if last else "auto")
        if last:
            break
    return [*said, Said(await complete(request))]


def _numbered(calls: Sequence[ToolCall], before: int) -> list[ToolCall]:
    """Calls under numbers of our own: nine characters, which every endpoint takes."""
    return [
        replace(call, name=whole(call.name), arguments=whole(call.arguments), id=f"call{n:05}")
        for n, call in enumerate(calls, before + 1)
    ]


async def _use(call: ToolCall, by_name: dict[str, Function]) -> ToolUse:
    function = by_name.get(call.name)
    if function is None:
        known = ", ".join(by_name)
        return _failed(call, f"there is no function {call.name!r:.80}; there are: {known}")
    try:
        arguments = _arguments(call.arguments)
        result = await _within(function, arguments)
    except EvolveError:
        raise
    except ToolError as error:
        return _failed(call, cut(whole(str(error)), function.output_bytes))
    except Exception as error:  # noqa: BLE001 - a tool may be anybody's
        problem = f"{type(error).__name__}: {error}"
        return _failed(call, cut(whole(problem), function.output_bytes))
    told = cut(whole(str(result)), function.output_bytes)
    return ToolUse(name=call.name, arguments=call.arguments, result=told or NOTHING)


async def _within(function: Function, arguments: dict[str, Any]) -> str:
    """A call within its time; with a time of its own it works in real time."""
    if function.timeout_s is None:
        return await function.call(arguments)

    async def bounded() -> str:
        return await asyncio.wait_for(function.call(arguments), function.timeout_s)

    try:
        return await really(bounded())
    except TimeoutError:
        raise ToolError(f"it took longer than {function.timeout_s:g} seconds") from None


def _arguments(written: str) -> dict[str, Any]:
    try:
        arguments = json.loads(written or "{}")
    except (ValueError, RecursionError) as error:
        raise ToolError(f"the arguments are no valid JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise ToolError("the arguments are no JSON object")
    return arguments


def _failed(call: ToolCall, problem: str) -> ToolUse:
    result = f"Error: {problem}"
    return ToolUse(name=call.name, arguments=call.arguments, result=result, failed=True)


def _told(
    reply: Reply, calls: Sequence[ToolCall], uses: Sequence[ToolUse], text_bytes: int, last: bool
) -> list[Message]:
    """The reply as it is shown again, within so many bytes in all, and the results of its calls."""
    room, shown = text_bytes, list[ToolCall]()
    for call in calls:
        size = len(call.name.encode()) + len(call.arguments.encode())
        valid = _is_object(call.arguments) and size <= room
        shown.append(call if valid else replace(call, name=call.name[:40], arguments="{}"))
        room -= size if valid else 0
    text = cut(whole(reply.text), max(room, len("…".encode())))
    told = [Message("assistant", text, tool_calls=tuple(shown))]
    for call, use in zip(calls, uses, strict=True):
        end = f"\n\n{LAST}" if last and call is calls[-1] else ""
        told.append(Message("tool", use.result + end, call_id=call.id))
    return told


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False
