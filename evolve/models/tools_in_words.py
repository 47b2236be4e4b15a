"""Tool calls in plain text, for models and endpoints without native tool calls.

The functions are described at the end of the last user's turn. To call one, the model writes a
block fenced by ```` ```tool ```` and ```` ``` ```` that holds one JSON object, such as

    {"name": "calculator", "arguments": {"expression": "2 * 21"}}

and stops there; results come as the next user's turn, under ``## Result of calculator``. A reply
without such a block is a reply. Only what the model itself writes is read as a call.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evolve.models.base import Message, Reply, Request, ToolCall, ToolSignature

TOOLS = "## Tools"
RESULT = "## Result of"

INTRODUCTION = (
    "You may use the functions below before you answer. To use one, write a block like this and "
    "stop; you will be given the result:\n"
    '```tool\n{"name": "<function>", "arguments": {"<parameter>": <value>}}\n```'
)
ENOUGH = "No function may be used any more; give your answer now."

_BLOCK = re.compile(r"```tool[ \t]*\r?\n(.*?)(?:```|\Z)", re.DOTALL)


def written(signature: ToolSignature) -> str:
    """A function as it is described in a prompt."""
    parameters = json.dumps(signature.parameters, ensure_ascii=False)
    return f"- {signature.name}: {signature.description} Parameters (JSON Schema): {parameters}"


def in_words(request: Request) -> tuple[Message, ...]:
    """A request's conversation with its functions, calls and results in words."""
    messages = list(_plain(request.messages))
    if not request.tools:
        return tuple(messages)
    spoken = [n for n, message in enumerate(messages) if message.role == "user"]
    place = spoken[-1] if spoken else -1
    description = "\n".join([INTRODUCTION, *(written(tool) for tool in request.tools)])
    if request.tool_choice == "none":
        description = ENOUGH
    asked = messages[place]
    messages[place] = replace(asked, content=f"{asked.content}\n\n{TOOLS}\n{description}")
    return tuple(messages)


def read(reply: Reply, tools: Sequence[ToolSignature]) -> Reply:
    """A reply whose blocks are read as calls, where there was something to call."""
    if not tools or "```tool" not in reply.text:
        return reply
    calls = tuple(_call(block) for block in _BLOCK.findall(reply.text))
    return replace(reply, text=_BLOCK.sub("", reply.text).strip(), tool_calls=calls)


def _call(block: str) -> ToolCall:
    try:
        wanted = json.loads(block)
    except (ValueError, RecursionError):
        wanted = None
    if not isinstance(wanted, dict) or not isinstance(wanted.get("name"), str):
        return ToolCall("", block.strip())
    return ToolCall(wanted["name"], json.dumps(wanted.get("arguments", {}), ensure_ascii=False))


def _plain(messages: Sequence[Message]) -> Iterator[Message]:
    """Calls as the blocks they were, and the results of each turn's calls as one user's turn."""
    names: dict[str, str] = {}
    results: list[str] = []
    for message in messages:
        if message.role == "tool":
            results.append(f"{RESULT} {names.get(message.call_id, '')}\n{message.content}")
            continue
        if results:
            yield Message("user", "\n\n".join(results))
            results = []
        names = {call.id: call.name for call in message.tool_calls}
        blocks = [_block(call) for call in message.tool_calls]
        yield Message(message.role, "\n\n".join(filter(None, [message.content, *blocks])))
    if results:
        yield Message("user", "\n\n".join(results))


def _block(call: ToolCall) -> str:
    return f'```tool\n{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}\n```'
