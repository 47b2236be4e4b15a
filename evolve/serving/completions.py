"""Chat completions: what is asked for, and how replies are written down."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from evolve.models.base import Message, Reply, Request
from evolve.serving import strict
from evolve.serving.faults import ApiError

MOST_CHOICES = 128

Role = Literal["system", "user", "assistant"]
_ROLES: Mapping[str, Role] = {role: role for role in get_args(Role)} | {"developer": "system"}
_OPEN: Mapping[str, Any] = {"type": "object", "properties": {"answer": {"type": "string"}}}


def read(body: Mapping[str, Any], default_tokens: int) -> tuple[Request, int]:
    """The request that a body describes, its sample still 0, and how many replies it wants.

    Args:
        body: What the client sent.
        default_tokens: The limit of a reply where it gives none.

    Raises:
        ApiError: It cannot be answered.
    """
    messages = tuple(_messages(body.get("messages")))
    limit = _number(body, "max_completion_tokens", 1, 10_000_000)
    limit = _number(body, "max_tokens", 1, 10_000_000) if limit is None else limit
    count = _number(body, "n", 1, MOST_CHOICES)
    request = Request(
        messages=messages,
        max_tokens=default_tokens if limit is None else int(limit),
        temperature=_number(body, "temperature", 0, 2),
        top_p=_number(body, "top_p", 0, 1),
        effort=body.get("reasoning_effort"),
        schema=_schema(body.get("response_format"), messages),
    )
    return request, 1 if count is None else int(count)


def completion(identity: str, model: str, replies: Sequence[Reply]) -> dict[str, Any]:
    """A chat completion; the prompt counts once, however many replies there are."""
    return {
        "id": identity,
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": place,
                "message": {
                    "role": "assistant",
                    "content": None if reply.refusal else reply.text,
                    "refusal": reply.refusal or None,
                },
                "logprobs": None,
                "finish_reason": _finish(reply),
            }
            for place, reply in enumerate(replies)
        ],
        "usage": _usage(replies),
    }


def events(
    identity: str, model: str, replies: Sequence[Reply], with_usage: bool
) -> Iterator[bytes]:
    """The same as server-sent events, a line of text at a time."""
    frame = {"id": identity, "object": "chat.completion.chunk", "created": 0, "model": model}
    for place, reply in enumerate(replies):
        told = "refusal" if reply.refusal else "content"
        yield _event(frame, place, {"role": "assistant", told: ""}, None)
        for line in (reply.refusal or reply.text).splitlines(keepends=True):
            yield _event(frame, place, {told: line}, None)
        yield _event(frame, place, {}, _finish(reply))
    if with_usage:
        yield _sent(frame | {"choices": [], "usage": _usage(replies)})
    yield b"data: [DONE]\n\n"


def failed(error: Mapping[str, Any]) -> bytes:
    """An error that comes when a stream has begun."""
    return _sent({"error": error}) + b"data: [DONE]\n\n"


def _event(
    frame: Mapping[str, Any], place: int, delta: Mapping[str, str], finish: str | None
) -> bytes:
    choice = {"index": place, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _sent({**frame, "choices": [choice]})


def _sent(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode(errors="replace") + b"\n\n"


def _finish(reply: Reply) -> str:
    return "length" if reply.truncated else "stop"


def _usage(replies: Sequence[Reply]) -> dict[str, int]:
    prompt = max(reply.prompt_tokens for reply in replies)
    completion = sum(reply.completion_tokens for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _messages(given: object) -> Iterator[Message]:
    if not isinstance(given, list) or not given:
        raise ApiError(400, "'messages' must be a non-empty array.", param="messages")
    for place, turn in enumerate(given):
        where = f"messages[{place}]"
        role = str(turn.get("role")) if isinstance(turn, Mapping) else ""
        if not isinstance(role, str) or role not in _ROLES:
            raise ApiError(400, f"Invalid value for '{where}.role': {role!r}.", param=where)
        yield Message(_ROLES[role], _text(turn.get("content"), where))


def _text(content: object, where: str) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [{}]
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise ApiError(400, f"'{where}.content' must be text.", param=where)
    return "\n".join(map(str, texts))


def _number(body: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        message = f"Invalid value for '{name}': {value!r}; expected {least:g} to {most:g}."
        raise ApiError(400, message, param=name, code="invalid_value")
    return value


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
    """The JSON Schema that a text asks for, as clients do where json_schema is refused."""
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
