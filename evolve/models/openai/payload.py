"""A request as the body of a chat completion, within what the endpoint takes."""

import json
import re
from collections.abc import Mapping
from typing import Any

from evolve.models.base import Request, ToolSignature
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.turns import messages
from evolve.models.tools_in_words import in_words
from evolve.models.tools_in_words import written as in_text

_TOKENS_PER_MESSAGE = 16
"""The most that chat formats add to one message."""


def payload(
    model: str,
    request: Request,
    takes: Capabilities,
    extra: Mapping[str, Any],
    top_logprobs: int = 0,
) -> dict[str, Any]:
    """The body of a chat completion.

    Args:
        model: The model's name at the endpoint.
        request: The request.
        takes: The endpoint's capabilities; other parts are left out or put into words.
        extra: Further keys, as the run file gives them.
        top_logprobs: How many log-probabilities to ask for where the request has labels.
    """
    turns = request.messages if takes.tools else in_words(request)
    body: dict[str, Any] = {
        "model": model,
        "messages": messages(turns, takes),
        takes.limit: request.max_tokens,
    }
    if request.tools and takes.tools:
        body["tools"] = [_function(tool) for tool in request.tools]
        if request.tool_choice == "none" and takes.tool_choice:
            body["tool_choice"] = "none"
    if request.temperature is not None and takes.temperature:
        body["temperature"] = request.temperature
    if request.top_p is not None and takes.top_p:
        body["top_p"] = request.top_p
    if request.effort is not None and takes.reasoning_effort:
        body["reasoning_effort"] = request.effort
    if request.schema is not None:
        _ask_for_json(body, request.schema, takes)
    if request.labels:
        body |= {"logprobs": True, "top_logprobs": top_logprobs}
    if takes.streams or extra.get("stream"):
        body["stream"] = True
        if takes.stream_options:
            body["stream_options"] = {"include_usage": True}
    return {**body, **extra}


def written(body: Mapping[str, Any]) -> bytes:
    """A body as JSON; halves of surrogate pairs, which no endpoint takes, become question marks."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def prompt_bound(request: Request) -> int:
    """A bound of a request's prompt tokens: no token is shorter than a byte."""
    size = sum(
        len(text.encode(errors="replace"))
        for turn in request.messages
        for text in (turn.content, turn.reasoning)
    )
    schema = 0 if request.schema is None else len(_in_words(request.schema, fenced=True))
    tools = sum(len(in_text(tool).encode(errors="replace")) for tool in request.tools)
    calls = sum(
        len(text.encode(errors="replace"))
        for turn in request.messages
        for call in turn.tool_calls
        for text in (call.name, call.arguments, call.extra)
    )
    return size + schema + tools + calls + _TOKENS_PER_MESSAGE * len(request.messages)


def _function(tool: ToolSignature) -> dict[str, Any]:
    about = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": about}


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
