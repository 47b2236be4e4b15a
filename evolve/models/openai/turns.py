"""The turns of a conversation as a chat completion's messages."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from evolve.models.base import Message
from evolve.models.openai.capabilities import Capabilities


def messages(turns: Sequence[Message], takes: Capabilities) -> list[dict[str, Any]]:
    """A conversation within what an endpoint takes."""
    if not takes.system:
        turns = list(_alternating(_without_system(turns)))
    return [_message(turn, takes) for turn in turns]


def _message(turn: Message, takes: Capabilities) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.role == "tool":
        message["tool_call_id"] = turn.call_id
    if turn.tool_calls:
        message["content"] = turn.content or None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
                **({"extra_content": json.loads(call.extra)} if call.extra else {}),
            }
            for call in turn.tool_calls
        ]
    if turn.reasoning and takes.reasoning:
        message["reasoning_content"] = turn.reasoning
    return message


def _without_system(turns: Sequence[Message]) -> list[Message]:
    """The same conversation, in which system messages open the first user turn."""
    system = [turn.content for turn in turns if turn.role == "system"]
    others = [turn for turn in turns if turn.role != "system"]
    first = next((place for place, turn in enumerate(others) if turn.role == "user"), None)
    if not system:
        return others
    if first is None:
        return [Message("user", "\n\n".join(system)), *others]
    asked = others[first]
    others[first] = replace(asked, content="\n\n".join([*system, asked.content]))
    return others


def _alternating(turns: Sequence[Message]) -> Iterator[Message]:
    """User and assistant turns in alternation, as the same chat templates want it."""
    held: Message | None = None
    for turn in turns:
        if held is not None and held.role == turn.role == "user":
            held = replace(held, content=f"{held.content}\n\n{turn.content}")
            continue
        if held is not None:
            yield held
        held = turn
    if held is not None:
        yield held
