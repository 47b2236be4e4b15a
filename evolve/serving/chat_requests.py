"""Parses and checks chat requests; refuses unsupported parameters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from evolve.models.base import Message, Request, ToolCall, ToolSignature
from evolve.serving import strict
from evolve.serving.problems import ApiError, unsupported

MAX_CHOICES = 128
MAX_STOPS = 4
_MAX_TOKENS = 10_000_000

Role = Literal["system", "user", "assistant", "tool"]
_ROLES: Mapping[str, Role] = {role: role for role in get_args(Role)} | {"developer": "system"}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_OPEN: Mapping[str, Any] = {"type": "object", "properties": {"answer": {"type": "string"}}}
_NEVER = {
    "logprobs": "is not supported; leave it out.",
    "top_logprobs": "is not supported; leave it out.",
    "logit_bias": "is not supported; leave it out.",
    "functions": "is not supported; leave it out.",
    "function_call": "is not supported; leave it out.",
    "audio": "is not supported; leave it out.",
    "prediction": "is not supported; leave it out.",
    "web_search_options": "is not supported; leave it out.",
}
"""Parameters whose effect no model here has, and that clients send only if they rely on it."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request, checked."""

    model: str
    request: Request
    """The request for the model; its sample is still 0."""
    limit: int | None
    """The most tokens of a reply; None: not specified."""
    count: int
    """The number of replies."""
    stop: tuple[str, ...]
    """Texts before which a reply ends."""
    seed: int | None
    stream: bool
    with_usage: bool
    """Whether a stream ends with the usage."""


def model_named(body: Mapping[str, Any]) -> str:
    """The model that a request names.

    Raises:
        ApiError: It names none.
    """
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "You must provide a model parameter, a text.", param="model")
    return name


def read(body: Mapping[str, Any], default_tokens: int) -> ChatRequest:
    """Reads the body of a chat request.

    Args:
        body: What the client sent.
        default_tokens: The limit of a reply where the client gives none.

    Raises:
        ApiError: It is malformed, or has a parameter that is not supported.
    """
    for name, reason in _NEVER.items():
        if body.get(name):
            raise unsupported(name, reason)
    if body.get("modalities") not in (None, [], ["text"]):
        raise unsupported("modalities", "can only be ['text'].")
    messages = tuple(_messages(body.get("messages")))
    limit = _whole(body, "max_completion_tokens", 1, _MAX_TOKENS)
    limit = _whole(body, "max_tokens", 1, _MAX_TOKENS) if limit is None else limit
    tools, choice = _tools(body)
    request = Request(
        messages=messages,
        max_tokens=default_tokens if limit is None else limit,
        temperature=_number(body, "temperature", 0, 2),
        top_p=_number(body, "top_p", 0, 1),
        effort=_effort(body.get("reasoning_effort")),
        schema=_schema(body.get("response_format"), messages),
        tools=tools,
        tool_choice=choice,
    )
    return ChatRequest(
        model=model_named(body),
        request=request,
        limit=limit,
        count=_whole(body, "n", 1, MAX_CHOICES) or 1,
        stop=_stop(body.get("stop")),
        seed=_whole(body, "seed", -(2**63), 2**63),
        stream=_flag(body, "stream"),
        with_usage=_flag(_mapping(body, "stream_options"), "include_usage"),
    )


def _messages(given: object) -> Iterator[Message]:
    if not isinstance(given, list) or not given:
        raise ApiError(400, "'messages' must be a non-empty array.", param="messages")
    for place, turn in enumerate(given):
        where = f"messages[{place}]"
        role = turn.get("role") if isinstance(turn, Mapping) else None
        if not isinstance(role, str) or role not in _ROLES:
            raise ApiError(400, f"Invalid value for '{where}.role': {role!r}.", param=where)
        calls = tuple(_calls(turn, where)) if role == "assistant" else ()
        content = turn.get("content")
        if content is None and role == "assistant":
            content = turn.get("refusal") or ""
        yield Message(_ROLES[role], _text(content, where), calls, _call_answered(turn, where))


def _calls(turn: Mapping[str, Any], where: str) -> Iterator[ToolCall]:
    """The functions that an earlier turn of the assistant called."""
    given = turn.get("tool_calls")
    if given is None:
        return
    if not isinstance(given, list):
        raise ApiError(400, f"'{where}.tool_calls' must be an array.", param=where)
    for call in given:
        function = call.get("function") if isinstance(call, Mapping) else None
        function = function if isinstance(function, Mapping) else {}
        texts = function.get("name"), function.get("arguments"), call and call.get("id")
        if not all(isinstance(text, str) for text in texts):
            message = f"'{where}.tool_calls' must hold an id and a function with a name and "
            raise ApiError(400, f"{message}arguments, all texts.", param=where)
        yield ToolCall(*map(str, texts))


def _call_answered(turn: Mapping[str, Any], where: str) -> str:
    """The id of the call whose result a turn of the role ``tool`` is."""
    if turn.get("role") != "tool":
        return ""
    call = turn.get("tool_call_id")
    if not isinstance(call, str):
        raise ApiError(400, f"'{where}.tool_call_id' must be a text.", param=where)
    return call


def _text(content: object, where: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ApiError(400, f"'{where}.content' must be text.", param=where)
    return "\n".join(_part(part, where) for part in content)


def _part(part: object, where: str) -> str:
    """The text of a part of a message."""
    text = None
    if isinstance(part, Mapping):
        text = part.get("refusal" if part.get("type") == "refusal" else "text")
    if not isinstance(text, str):
        kind = part.get("type") if isinstance(part, Mapping) else type(part).__name__
        message = f"'{where}.content' must be text; a part of type {kind!r} is not supported."
        raise ApiError(400, message, param=where)
    return text


def _tools(body: Mapping[str, Any]) -> tuple[tuple[ToolSignature, ...], Literal["auto", "none"]]:
    """The functions that a model may call, and whether it may do so now."""
    given, choice = body.get("tools"), body.get("tool_choice")
    if given is not None and not isinstance(given, list):
        raise ApiError(400, "'tools' must be an array.", param="tools")
    if choice not in (None, "auto", "none"):
        raise unsupported("tool_choice", "can only be 'auto' or 'none' with this model.")
    if given and body.get("parallel_tool_calls") is False:
        raise unsupported("parallel_tool_calls", "cannot be false with this model.")
    tools = tuple(_tool(each, f"tools[{place}]") for place, each in enumerate(given or ()))
    return tools, "none" if choice == "none" else "auto"


def _tool(given: object, where: str) -> ToolSignature:
    function = given.get("function") if isinstance(given, Mapping) else None
    function = function if isinstance(function, Mapping) else {}
    name, parameters = function.get("name"), function.get("parameters")
    description = function.get("description") or ""
    if (
        not isinstance(name, str)
        or not isinstance(description, str)
        or not isinstance(parameters, Mapping | None)
    ):
        message = (
            f"'{where}' must be {{type: function, function: {{name, description, parameters}}}}."
        )
        raise ApiError(400, message, param=where)
    return ToolSignature(name, description, parameters or {"type": "object", "properties": {}})


def _stop(given: object) -> tuple[str, ...]:
    stops = [given] if isinstance(given, str) else [] if given is None else given
    if (
        not isinstance(stops, list)
        or len(stops) > MAX_STOPS
        or not all(isinstance(text, str) and text for text in stops)
    ):
        message = f"'stop' must be a text or an array of at most {MAX_STOPS} texts."
        raise ApiError(400, message, param="stop")
    return tuple(stops)


def _number(body: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        message = f"Invalid value for '{name}': {value!r:.80}; expected {least:g} to {most:g}."
        raise ApiError(400, message, param=name, code="invalid_value")
    return value


def _whole(body: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = _number(body, name, least, most)
    if value is not None and value != int(value):
        message = f"Invalid value for '{name}': {value!r}; expected a whole number."
        raise ApiError(400, message, param=name, code="invalid_value")
    return None if value is None else int(value)


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise ApiError(400, f"'{name}' must be true or false, not {value!r:.80}.", param=name)
    return bool(value)


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise ApiError(400, f"'{name}' must be an object.", param=name)
    return value or {}


def _effort(value: object) -> str | None:
    if value is None or value in _EFFORTS:
        return value if isinstance(value, str) else None
    message = f"Invalid value for 'reasoning_effort': {value!r:.80}; expected one of "
    raise ApiError(400, message + ", ".join(_EFFORTS), param="reasoning_effort")


def _schema(wanted: object, messages: Sequence[Message]) -> Mapping[str, Any] | None:
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if wanted is None or kind == "text":
        return _in_words(messages[-1].content)
    if kind == "json_object":
        if not any("json" in message.content.lower() for message in messages):
            message = "'messages' must contain the word 'json' in some form."
            raise ApiError(400, message, param="messages")
        return _in_words(messages[-1].content) or _OPEN
    given = wanted.get("json_schema") if isinstance(wanted, Mapping) else None
    if kind != "json_schema" or not isinstance(given, Mapping):
        message = "'response_format.type' must be text, json_object or json_schema."
        raise ApiError(400, message, param="response_format")
    schema = given.get("schema")
    if given.get("strict") and (found := strict.problem(schema)):
        message = f"Invalid schema for response_format {str(given.get('name'))!r}: {found}"
        raise ApiError(400, message, param="response_format")
    return schema if isinstance(schema, Mapping) else _OPEN


def _in_words(text: str) -> Mapping[str, Any] | None:
    """The JSON Schema in a text, as clients send it where json_schema is refused."""
    start = text.rfind("\n{") if "JSON Schema" in text else -1
    while start >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start + 1)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and "properties" in value:
            return value
        start = text.rfind("\n{", 0, start)
    return None
