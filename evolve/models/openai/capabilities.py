"""What an endpoint takes, found out from its complaints, once for all later requests."""

import re
from collections.abc import Iterable
from typing import Literal

from evolve.models.openai.faults import Complaint
from search_spaces.frozen import Frozen

Structured = Literal["json_schema", "json_object", "text"]
"""How structured output is asked for: by a strict schema, as any JSON object, or in words."""

LADDER: tuple[Structured, ...] = ("json_schema", "json_object", "text")

Limit = Literal["max_tokens", "max_completion_tokens"]

_ALIASES = {
    "response_format": ("response_format", "json_schema", "json_object", "structured output"),
    "reasoning_effort": ("reasoning_effort", "reasoning.effort", "reasoning effort"),
    "tools": ("tools", "tool use", "tool calls", "tool calling", "tool choice", "function calling"),
    "tool_choice": ("tool_choice", "tool choice"),
}
_OUT_OF_RANGE = re.compile(
    r"too (large|high|big|small|low)|at (most|least)|between|range|maximum|minimum|exceed"
    r"|(less|greater) than"
)
_TOO_LONG = re.compile(
    r"context.?(length|window|size)|(prompt|input|request|messages?)\W.{0,40}too (long|large)"
    r"|too many (input )?tokens|maximum (prompt|input|sequence) length"
)
_FILTERED = re.compile(r"content.?(filter|policy)|responsible.?ai|moderation|safety system")


class Capabilities(Frozen):
    """What an endpoint takes of a request."""

    structured: Structured = "json_schema"
    limit: Limit = "max_tokens"
    temperature: bool = True
    top_p: bool = True
    reasoning_effort: bool = True
    tools: bool = True
    """Tool calls of its own; otherwise functions are described in words."""
    tool_choice: bool = True

    def without(self, name: str, sent: "Capabilities") -> "Capabilities":
        """What is left when a key of a request was refused.

        Args:
            name: The key.
            sent: What that request took for granted; other requests may have found out more.
        """
        if name == "response_format":
            next_step = min(LADDER.index(sent.structured) + 1, len(LADDER) - 1)
            step = max(next_step, LADDER.index(self.structured))
            return self.model_copy(update={"structured": LADDER[step]})
        if name in ("max_tokens", "max_completion_tokens"):
            other = "max_tokens" if name == "max_completion_tokens" else "max_completion_tokens"
            return self.model_copy(update={"limit": other})
        return self.model_copy(update={name: False})


REFUSABLE = (
    "response_format",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "top_p",
    "reasoning_effort",
    "tool_choice",
    "tools",
)
"""The keys of a request that an endpoint may refuse and that have a substitute."""


def refused_key(complaint: Complaint, sent: Iterable[str]) -> str | None:
    """The key of a request that a complaint is about, if it could do without.

    Args:
        complaint: What the endpoint said.
        sent: The keys of the request.
    """
    candidates = [name for name in REFUSABLE if name in sent]
    named = re.split(r"[.\[]", complaint.parameter)[0]
    if named in candidates:
        found = named
    else:
        places = {name: _place(name, complaint.text) for name in candidates}
        mentioned = {name: place for name, place in places.items() if place >= 0}
        if not mentioned:
            return None
        found = min(mentioned, key=lambda name: mentioned[name])
    of_value = found != "response_format" and _OUT_OF_RANGE.search(complaint.text)
    return None if of_value else found


def refusal(complaint: Complaint) -> str:
    """Why the endpoint will not answer this conversation; empty if that is not the reason.

    A conversation that is too long or that a filter stops is the candidate's doing, no outage.
    """
    said = f"{complaint.code} {complaint.text}"
    if "413" in str(complaint)[:20] or _TOO_LONG.search(said):
        return "the conversation is too long for the model"
    return "a content filter stopped the conversation" if _FILTERED.search(said) else ""


def _place(name: str, text: str) -> int:
    """Where a text first mentions a key; -1 if nowhere."""
    found = [re.search(rf"\b{re.escape(alias)}\b", text) for alias in _ALIASES.get(name, (name,))]
    return min((match.start() for match in found if match), default=-1)
