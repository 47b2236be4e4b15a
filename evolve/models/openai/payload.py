"""A request as an endpoint gets it: a chat completion within what the endpoint takes."""

import json
import re
from collections.abc import Mapping
from typing import Any

from evolve.models.base import Request
from evolve.models.openai.capabilities import Capabilities

_TOKENS_PER_MESSAGE = 16
"""What chat formats wrap around one message, at most."""


def payload(
    model: str, request: Request, takes: Capabilities, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a chat completion.

    Args:
        model: The model's name at the endpoint.
        request: What is asked.
        takes: What the endpoint takes; the rest is left out or put into words.
        extra: Further keys, as the run file gives them.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
        takes.limit: request.max_tokens,
    }
    if request.temperature is not None and takes.temperature:
        body["temperature"] = request.temperature
    if request.top_p is not None and takes.top_p:
        body["top_p"] = request.top_p
    if request.effort is not None and takes.reasoning_effort:
        body["reasoning_effort"] = request.effort
    if request.schema is not None:
        _ask_for_json(body, request.schema, takes)
    return {**body, **extra}


def written(body: Mapping[str, Any]) -> bytes:
    """A body as JSON; halves of surrogate pairs, which no endpoint takes, become question marks."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def prompt_bound(request: Request) -> int:
    """A bound of a request's prompt tokens: no token is shorter than a byte."""
    size = sum(len(turn.content.encode(errors="replace")) for turn in request.messages)
    schema = 0 if request.schema is None else len(_in_words(request.schema, fenced=True))
    return size + schema + _TOKENS_PER_MESSAGE * len(request.messages)


def _ask_for_json(body: dict[str, Any], schema: Mapping[str, Any], takes: Capabilities) -> None:
    if takes.structured == "json_schema":
        name = re.sub(r"[^\w-]", "_", str(schema.get("title") or "reply"), flags=re.ASCII)[:64]
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": schema},
        }
        return
    if takes.structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    words = _in_words(schema, fenced=takes.structured == "text")
    last = body["messages"][-1]
    last["content"] = f"{last['content']}\n\n{words}"


def _in_words(schema: Mapping[str, Any], *, fenced: bool) -> str:
    form = "in a block fenced by ```json and ```" if fenced else "and nothing else"
    return f"Reply with one JSON object {form} that follows this JSON Schema:\n{json.dumps(schema)}"
