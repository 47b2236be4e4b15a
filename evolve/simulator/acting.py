"""Function calls of a simulated model: delegation, routing and tools.

Subordinates: as long as one is left, it asks one more with a probability that grows with its skill
at coordinating, and treats their replies like any message (`peers`). A router chooses the role with
the largest gain in the question's domain, with some error.

Actions: where a question's truth is a list of calls, a model that gets the question right makes
them all in one reply; one that errs leaves one out, or makes a wrong one.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from evolve.models.base import Message, ToolCall
from evolve.simulator.answering import own_answer
from evolve.simulator.reader import read
from evolve.simulator.situation import Situation

ASK: Final = "ask_"
_ASKING = 0.85
"""The probability of asking one more subordinate."""

_DISCERNMENT = 0.12
"""The standard deviation of a router's estimate of a role's gain; skill makes it smaller."""


def spoken_results(messages: Sequence[Message]) -> list[str]:
    """The replies of subordinates so far."""
    asked = {
        call.id: call.name
        for message in messages
        for call in message.tool_calls
        if call.name.startswith(ASK)
    }
    return [m.content for m in messages if m.role == "tool" and m.call_id in asked]


def calls(it: Situation) -> tuple[ToolCall, ...]:
    """The calls before the answer; none where the model is ready to answer."""
    if it.request.tool_choice == "none" or it.prompt.wanted != "answer":
        return ()
    made = [call.name for message in it.request.messages for call in message.tool_calls]
    return _asked(it, made) or _acted(it, made)


def route(it: Situation) -> int:
    """The number, from 1, of the option that a router chooses."""
    blur = _DISCERNMENT / (1 + max(0.0, it.profile.ability + 1))
    gains = [
        _gain(it, option) + blur * it.noise.normal(f"whom {number}")
        for number, option in enumerate(it.prompt.options)
    ]
    return 1 + gains.index(max(gains))


def _gain(it: Situation, option: str) -> float:
    roles = read(f"You are {option[:1].lower()}{option[1:]}").roles
    return max((gain for role, gain in it.domain.roles.items() if role in roles), default=0.0)


def _asked(it: Situation, made: Collection[str]) -> tuple[ToolCall, ...]:
    names = [tool.name for tool in it.request.tools if tool.name.startswith(ASK)]
    left = [name for name in names if name not in made]
    if not left or it.noise.uniform(f"ask {len(left)}") > _ASKING:
        return ()
    name = left[int(it.noise.uniform(f"whom {len(left)}") * len(left))]
    request = "Solve the task, and end with your answer."
    return (ToolCall(name, json.dumps({"request": request})),)


def _acted(it: Situation, made: Collection[str]) -> tuple[ToolCall, ...]:
    known = {tool.name for tool in it.request.tools}
    wanted = [call for call in _truth(it) if call["name"] in known]
    if not wanted or any(call["name"] in made for call in wanted):
        return ()
    if own_answer(it) != it.question.answer:
        wanted = wanted[:-1] or [_wrong(wanted[0])]
    return tuple(ToolCall(call["name"], json.dumps(call["arguments"])) for call in wanted)


def _truth(it: Situation) -> list[dict[str, Any]]:
    """The calls that a question's truth lists; none where it is no such list."""
    if not it.question.answer.startswith("["):
        return []
    try:
        listed = json.loads(it.question.answer)
    except ValueError:
        return []
    return [c for c in listed if isinstance(c, dict) and {"name", "arguments"} <= c.keys()]


def _wrong(call: dict[str, Any]) -> dict[str, Any]:
    """The call with its last argument spoilt."""
    *_, last = call["arguments"] or {"": ""}
    return call | {"arguments": dict(call["arguments"]) | {last: "?"}}
