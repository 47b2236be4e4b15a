"""What an endpoint takes of a request, and what its refusals say about it."""

import re
from collections.abc import Iterable
from typing import Literal

from evolve.models.openai.faults import Complaint
from evolve.models.openai.refusals import known_refusal
from search_spaces.frozen import Frozen

Structured = Literal["json_schema", "json_object", "text"]
"""How structured output is requested: by a strict schema, as any JSON object, or in words."""

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
    system: bool = True
    """System messages; otherwise their text opens the first user turn, and turns alternate."""
    reasoning: bool = True
    """The reasoning of earlier turns that called tools."""
    streams: bool = False
    """Whether it answers only as a stream."""
    stream_options: bool = True

    def without(self, name: str, sent: "Capabilities") -> "Capabilities":
        """The capabilities that are left after a key of a request was refused.

        Args:
            name: The key.
            sent: The capabilities that request assumed; other requests may have found out more.
        """
        if name == "response_format":
            next_step = min(LADDER.index(sent.structured) + 1, len(LADDER) - 1)
            step = max(next_step, LADDER.index(self.structured))
            return self.model_copy(update={"structured": LADDER[step]})
        if name in ("max_tokens", "max_completion_tokens"):
            return self.with_other_limit()
        return self.model_copy(update={name: False})

    def with_other_limit(self) -> "Capabilities":
        """The same with the other of the two keys that limit the completion."""
        other = "max_tokens" if self.limit == "max_completion_tokens" else "max_completion_tokens"
        return self.model_copy(update={"limit": other})


REFUSABLE = (
    "response_format",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "top_p",
    "reasoning_effort",
    "stream_options",
    "tool_choice",
    "tools",
)
"""The keys of a request that an endpoint may refuse and that have a substitute."""


def refused_key(complaint: Complaint, sent: Iterable[str]) -> str | None:
    """The key of a request that a complaint names, if the request can do without.

    Args:
        complaint: The endpoint's refusal.
        sent: The keys of the request that may be to blame.
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
    return None if found != "response_format" and is_out_of_range(complaint) else found


def is_out_of_range(complaint: Complaint) -> bool:
    """Whether a value is refused, which a person has to change, and not the key."""
    return bool(_OUT_OF_RANGE.search(complaint.text))


def refusal(complaint: Complaint) -> str:
    """Why this request alone is refused, where the endpoint's words are well known; else empty."""
    too_large = "request too large " if "413" in str(complaint)[:20] else ""
    return known_refusal(f"{too_large}{complaint.code} {complaint.text}")


def _place(name: str, text: str) -> int:
    """Where a text first mentions a key; -1 if nowhere."""
    found = [re.search(rf"\b{re.escape(alias)}\b", text) for alias in _ALIASES.get(name, (name,))]
    return min((match.start() for match in found if match), default=-1)
