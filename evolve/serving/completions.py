"""Chat completions: replies in OpenAI's format, whole or as a stream."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from evolve.models.base import Reply

BYTES_PER_TOKEN = 4
"""The usual length of a token where there is no tokenizer."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer to a chat request: its replies, and what identifies it."""

    model: str
    replies: Sequence[Reply]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def as_data(self) -> dict[str, Any]:
        """A chat completion; the prompt counts once, however many replies there are."""
        return {
            **self._frame("chat.completion"),
            "choices": [
                {
                    "index": place,
                    "message": _message(reply),
                    "logprobs": None,
                    "finish_reason": _finish(reply),
                }
                for place, reply in enumerate(self.replies)
            ],
            "usage": _usage(self.replies),
        }

    def events(self, *, with_usage: bool) -> Iterator[bytes]:
        """The same as server-sent events, a line of text at a time.

        Args:
            with_usage: Whether a last chunk has the usage.
        """
        usage = {"usage": None} if with_usage else {}
        frame = {**self._frame("chat.completion.chunk"), **usage}
        for place, reply in enumerate(self.replies):
            for delta in _deltas(reply):
                yield _event(frame, place, delta, None)
            yield _event(frame, place, {}, _finish(reply))
        if with_usage:
            yield _sent(frame | {"choices": [], "usage": _usage(self.replies)})
        yield b"data: [DONE]\n\n"

    def _frame(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def ended(reply: Reply, stop: Sequence[str]) -> Reply:
    """A reply that ends before the first of some texts.

    Args:
        reply: The reply.
        stop: The texts.
    """
    places = [place for text in stop if (place := reply.text.find(text)) >= 0]
    if not places:
        return reply
    return replace(reply, text=reply.text[: min(places)], truncated=False)


def shortened(reply: Reply, limit: int | None) -> Reply:
    """A reply of at most so many tokens, of four bytes each.

    Args:
        reply: The reply.
        limit: The tokens; None: any number.
    """
    written = reply.text.encode(errors="replace")
    if limit is None or len(written) <= limit * BYTES_PER_TOKEN:
        return reply
    text = written[: limit * BYTES_PER_TOKEN].decode(errors="ignore")
    return replace(reply, text=text, truncated=True)


def failed(error: Mapping[str, Any]) -> bytes:
    """An error after the start of a stream."""
    return _sent({"error": error}) + b"data: [DONE]\n\n"


def _message(reply: Reply) -> dict[str, Any]:
    silent = bool(reply.refusal or (reply.tool_calls and not reply.text))
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if silent else reply.text,
        "refusal": reply.refusal or None,
    }
    return message | ({"tool_calls": list(_calls(reply))} if reply.tool_calls else {})


def _calls(reply: Reply) -> Iterator[dict[str, Any]]:
    for call in reply.tool_calls:
        function = {"name": call.name, "arguments": call.arguments}
        yield {"id": call.id or f"call_{uuid4().hex}", "type": "function", "function": function}


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    name = "refusal" if reply.refusal else "content"
    yield {"role": "assistant", name: ""}
    for line in (reply.refusal or reply.text).splitlines(keepends=True):
        yield {name: line}
    for place, call in enumerate(_calls(reply)):
        yield {"tool_calls": [{"index": place, **call}]}


def _event(
    frame: Mapping[str, Any], place: int, delta: Mapping[str, Any], finish: str | None
) -> bytes:
    choice = {"index": place, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _sent({**frame, "choices": [choice]})


def _sent(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode(errors="replace") + b"\n\n"


def _finish(reply: Reply) -> str:
    if reply.tool_calls:
        return "tool_calls"
    return "length" if reply.truncated else "stop"


def _usage(replies: Sequence[Reply]) -> dict[str, int]:
    prompt = max(reply.prompt_tokens for reply in replies)
    completion = sum(reply.completion_tokens for reply in replies)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
