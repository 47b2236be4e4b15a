"""Streamed answers (server-sent events), put together as the answer that they are pieces of.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html, and OpenAI's
``chat.completion.chunk`` objects.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from evolve.models.openai.faults import Passing
from evolve.models.openai.parts import text_in, thoughts_in

_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")
_ENDS_OF_LINES = re.compile(r"\r\n|\n|\r")
"""Other characters that end lines of a text, such as U+2028, may stand in JSON as they are."""

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


def assembled(content: bytes) -> bytes:
    """A streamed answer as one JSON object; any other answer unchanged.

    Raises:
        Passing: The stream breaks off.
    """
    bare = content.removeprefix(codecs.BOM_UTF8).lstrip()
    if not bare.startswith(_STARTS):
        return content
    message: dict[str, Any] = {"role": "assistant"}
    calls: dict[int, dict[str, Any]] = {}
    usage: object = None
    finish: object = None
    for piece in _pieces(bare):
        if piece is None:
            finish = finish or "stop"
            continue
        if piece.get("error"):
            return json.dumps({"error": piece["error"]}).encode()
        usage = _usage(piece) or usage
        for choice in _mappings(piece.get("choices"))[:1]:
            finish = choice.get("finish_reason") or finish
            _extend(message, calls, choice.get("delta") or choice.get("message"))
    if finish is None:
        raise Passing("a stream that breaks off", billed=True)
    if calls:
        message["tool_calls"] = [calls[place] for place in sorted(calls)]
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    return json.dumps({**answer, "usage": usage}).encode()


def _pieces(content: bytes) -> Iterator[Mapping[str, Any] | None]:
    """The objects of a stream; None for its end, ``[DONE]``."""
    for line in _ENDS_OF_LINES.split(content.decode(errors="replace")):
        name, _, value = line.partition(":")
        if name != "data" or not value.strip():
            continue
        if value.strip() == "[DONE]":
            yield None
            continue
        try:
            piece = json.loads(value)
        except (ValueError, RecursionError):
            raise Passing("a stream that is no JSON", billed=True) from None
        if isinstance(piece, Mapping):
            yield piece


def _usage(piece: Mapping[str, Any]) -> object:
    """A piece's usage; some endpoints put it into the choice (Moonshot), or apart (Groq)."""
    places = [piece, *_mappings(piece.get("choices"))[:1], *_mappings([piece.get("x_groq")])]
    return next((place["usage"] for place in places if place.get("usage")), None)


def _extend(message: dict[str, Any], calls: dict[int, dict[str, Any]], delta: object) -> None:
    """Adds a piece's texts and calls to those before."""
    if not isinstance(delta, Mapping):
        return
    texts = {name: text_in(delta.get(name)) for name in _TEXTS}
    texts["reasoning_content"] += thoughts_in(delta.get("content"))
    for name, text in texts.items():
        if text:
            message[name] = message.get(name, "") + text
    for call in _mappings(delta.get("tool_calls")):
        whole = calls.setdefault(_place(call, calls), {"function": {"name": "", "arguments": ""}})
        whole.update({name: call[name] for name in ("id", "extra_content") if call.get(name)})
        function = call.get("function")
        if isinstance(function, Mapping):
            for name in ("name", "arguments"):
                whole["function"][name] += str(function.get(name) or "")


def _place(call: Mapping[str, Any], calls: Mapping[int, Mapping[str, Any]]) -> int:
    """The number of the call that a piece belongs to; some endpoints give all calls number 0."""
    index = call.get("index")
    place = index if isinstance(index, int) else max(len(calls) - 1, 0)
    known = calls.get(place, {}).get("id")
    return len(calls) if known and call.get("id") not in (None, "", known) else place


def _mappings(given: object) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
