"""Which part of a request an endpoint refuses, found by control requests.

A refusal that its words do not explain has one of three causes: the content of this one request,
an ability that the endpoint lacks, or everything. Harmless requests tell them apart: the barest
one, one of the same shape as the refused request, and that one with parts left out.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from evolve.models.base import Message, Request, ToolCall
from evolve.models.openai.capabilities import Capabilities

_QUESTION = Message("user", "What is 2 + 2? Reply with one number.")
_SYSTEM = Message("system", "You are good at arithmetic.")

_MOST = 40
"""Control requests with something left out; those that are refused are not billed."""

_OMISSIONS: tuple[Mapping[str, object], ...] = (
    {"system": False},
    {"reasoning": False},
    {"tool_choice": False},
    {"tools": False},
    {"structured": "json_object"},
    {"structured": "text"},
    {"reasoning_effort": False},
    {"temperature": False},
    {"top_p": False},
)

Answers = Callable[[Request, Capabilities], Awaitable[bool]]
"""Sends a request as those capabilities allow, and returns whether it was answered."""

Write = Callable[[Request, Capabilities], Mapping[str, Any]]
"""The body of a request as those capabilities allow."""


def features(request: Request, takes: Capabilities) -> frozenset[tuple[str, str]]:
    """The parts of a request that an endpoint may refuse; its content is none of them."""
    roles = {turn.role for turn in request.messages}
    schema = request.schema
    tools = " ".join(tool.name for tool in request.tools) if takes.tools else ""
    parts = {
        takes.limit: "sent",
        "system": "sent" if "system" in roles and takes.system else "",
        "turns": "tool" if "tool" in roles and takes.tools else "",
        "tools": tools,
        "tool_choice": "none" if tools and request.tool_choice == "none" else "",
        "response_format": "" if schema is None else f"{takes.structured} {schema.get('title')}",
        "temperature": "sent" if request.temperature is not None and takes.temperature else "",
        "top_p": "sent" if request.top_p is not None and takes.top_p else "",
        "reasoning_effort": (request.effort or "") if takes.reasoning_effort else "",
    }
    return frozenset((name, value) for name, value in parts.items() if value)


async def answered_when(
    request: Request,
    takes: Capabilities,
    answers: Answers,
    write: Write,
    *,
    omit: bool = True,
    vary: bool = True,
) -> Capabilities | None:
    """The capabilities under which harmless requests of the same shape are answered.

    Args:
        request: The refused request.
        takes: The capabilities it assumed.
        answers: Sends a control request.
        write: Shows how a request would be sent.
        omit: Whether parts of the request may be left out.
        vary: Whether the barest request may be sent in other ways.

    Returns:
        ``takes`` itself if only the content of the request was refused; None if the endpoint
        refuses every such request.
    """
    base = await works_at_all(request, takes, answers, vary=vary)
    if base is None:
        return None
    control, tried = of_same_shape(request), list[Mapping[str, Any]]()
    for trial in _trials(base) if omit else (base,):
        body = write(control, trial)
        if body in tried:
            continue
        if len(tried) == _MOST:
            break
        if await answers(control, trial):
            return trial
        tried.append(body)
    return None


async def works_at_all(
    request: Request, takes: Capabilities, answers: Answers, *, vary: bool = True
) -> Capabilities | None:
    """The capabilities under which the barest request is answered; None if it is refused.

    Args:
        request: Whose limit of tokens it has.
        takes: The capabilities to try first.
        answers: Sends a control request.
        vary: Whether to try a stream, and the other key for the limit, too.
    """
    barest = Request(messages=(_QUESTION,), max_tokens=request.max_tokens)
    streams = takes.model_copy(update={"streams": True})
    further = (streams, streams.without("stream_options", streams), takes.with_other_limit())
    variants: list[Capabilities] = [takes, *further] if vary else [takes]
    for variant in variants:
        if await answers(barest, variant):
            return variant
    return None


def of_same_shape(request: Request) -> Request:
    """A harmless request with the same options and kinds of turns."""
    roles = {turn.role for turn in request.messages}
    turns = [*([_SYSTEM] if "system" in roles else []), _QUESTION]
    if request.tools and "tool" in roles:
        call = ToolCall(request.tools[0].name, "{}", "call00001")
        reasoning = "I use a tool." if any(turn.reasoning for turn in request.messages) else ""
        turns.append(Message("assistant", "", tool_calls=(call,), reasoning=reasoning))
        turns.append(Message("tool", "4", call_id=call.id))
    return replace(request, messages=tuple(turns))


def _trials(base: Capabilities) -> Iterator[Capabilities]:
    """The same, and with one, two and all parts left out."""
    yield base
    for count in (1, 2, len(_OMISSIONS)):
        for left_out in combinations(_OMISSIONS, count):
            merged = {name: value for each in left_out for name, value in each.items()}
            yield base.model_copy(update=merged)
