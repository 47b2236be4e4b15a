"""One turn of an agent with tools: replies and tool results alternate until it answers.

It ends when a reply calls nothing, or when the limits are reached; then a last reply is
requested without tools. Errors of a call become that call's result.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from archive.records import ToolUse
from evolve.clock import really
from evolve.models.base import Message, Reply, Request, ToolCall
from evolve.prompts.lengths import cut
from evolve.tools.base import Function, ToolError
from evolve.tools.toolbox import ToolLimits
from search_spaces.errors import EvolveError
from search_spaces.text import whole

NOTHING = "(it returned nothing)"
LAST = "No further calls are possible: give your answer now."


class Utterance(NamedTuple):
    """A reply, and the results of its tool calls."""

    reply: Reply
    uses: tuple[ToolUse, ...] = ()


async def converse(
    complete: Callable[[Request], Awaitable[Reply]],
    request: Request,
    functions: Sequence[Function],
    limits: ToolLimits,
    text_bytes: int,
) -> list[Utterance]:
    """Runs one turn; the last reply is the answer.

    Args:
        complete: Calls the model.
        request: What is asked.
        functions: The functions that it may call.
        limits: How many calls and rounds.
        text_bytes: How much of its own reply is repeated to it.

    Raises:
        EvolveError: Not the model's doing, such as an endpoint that does not answer.
    """
    by_name = {function.signature.name: function for function in functions}
    request = replace(request, tools=tuple(each.signature for each in functions))
    spoken: list[Utterance] = []
    calls_left = limits.calls
    for left in reversed(range(limits.rounds)):
        reply = await complete(request)
        calls = _numbered(reply.tool_calls[:calls_left], limits.calls - calls_left)
        if not calls or reply.refusal:
            return [*spoken, Utterance(reply)]
        uses = tuple([await _use(call, by_name) for call in calls])
        spoken.append(Utterance(reply, uses))
        calls_left -= len(calls)
        last = not left or not calls_left
        messages = (*request.messages, *_repeated(reply, calls, uses, text_bytes, last))
        request = replace(request, messages=messages, tool_choice="none" if last else "auto")
        if last:
            break
    return [*spoken, Utterance(await complete(request))]


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
    except Exception as error:  # noqa: BLE001 - a tool may be third-party code
        problem = f"{type(error).__name__}: {error}"
        return _failed(call, cut(whole(problem), function.output_bytes))
    repeated = cut(whole(str(result)), function.output_bytes)
    return ToolUse(name=call.name, arguments=call.arguments, result=repeated or NOTHING)


async def _within(function: Function, arguments: dict[str, Any]) -> str:
    """A call within its time limit, which is in real time."""
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


def _repeated(
    reply: Reply, calls: Sequence[ToolCall], uses: Sequence[ToolUse], text_bytes: int, last: bool
) -> list[Message]:
    """The reply as repeated to the model, within a number of bytes, and its calls' results."""
    room, shown = text_bytes, list[ToolCall]()
    for call in calls:
        size = len(call.name.encode()) + len(call.arguments.encode()) + len(call.extra.encode())
        valid = _is_object(call.arguments) and size <= room
        shown.append(
            call if valid else replace(call, name=call.name[:40], arguments="{}", extra="")
        )
        room -= size if valid else 0
    least = len("…".encode())
    text = cut(whole(reply.text), max(room, least))
    reasoning = cut(whole(reply.reasoning), max(room - len(text.encode()), least))
    repeated = [Message("assistant", text, tool_calls=tuple(shown), reasoning=reasoning)]
    for call, use in zip(calls, uses, strict=True):
        end = f"\n\n{LAST}" if last and call is calls[-1] else ""
        repeated.append(Message("tool", use.result + end, call_id=call.id))
    return repeated


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False
