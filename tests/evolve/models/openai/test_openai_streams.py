"""Streamed answers are put together as the answers that they are pieces of."""

import json
from typing import Any

import pytest

from evolve.errors import OutageError
from evolve.models.openai.faults import Passing
from evolve.models.openai.streams import assembled
from tests.evolve.models.openai.asking import ask
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint, sends, streams


def stream(*pieces: dict[str, Any]) -> bytes:
    return "".join(f"data: {json.dumps(piece)}\r\n\r\n" for piece in pieces).encode()


def delta(finish: str | None = None, **changes: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": changes, "finish_reason": finish}]}


def call(index: int | None = 0, **function: str) -> dict[str, Any]:
    number = {} if index is None else {"index": index}
    named = {"id": f"id-{function['name']}"} if "name" in function else {}
    return {**number, **named, "function": function}


def test_texts_reasoning_and_usage_are_put_together() -> None:
    content = stream(
        delta(role="assistant", reasoning_content="2 and "),
        delta(reasoning_content="2"),
        delta(content="Ans"),
        delta("stop", content="wer: 4"),
        {"choices": [], "usage": {"prompt_tokens": 5}},
    )
    answer = json.loads(assembled(content))
    message = answer["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("Answer: 4", "2 and 2")
    assert answer["usage"] == {"prompt_tokens": 5}


@pytest.mark.parametrize(
    "pieces",
    [
        [[call(0, name="a", arguments='{"x"')], [call(0, arguments=": 1}")], [call(1, name="b")]],
        [[call(None, name="a")], [call(None, arguments='{"x": 1}')], [call(None, name="b")]],
        [[call(0, name="a", arguments='{"x": 1}')], [call(0, name="b")]],
        [[call(0, name="a", arguments='{"x": 1}'), call(1, name="b")]],
    ],
    ids=["by number", "without numbers", "all with number 0", "at once"],
)
def test_calls_are_put_together(pieces: list[list[dict[str, Any]]]) -> None:
    content = stream(*(delta(tool_calls=each) for each in pieces), delta("tool_calls"))
    calls = json.loads(assembled(content))["choices"][0]["message"]["tool_calls"]
    assert [(each["id"], each["function"]["arguments"]) for each in calls] == [
        ("id-a", '{"x": 1}'),
        ("id-b", ""),
    ]


@pytest.mark.parametrize(
    "content",
    [
        stream(delta(content="An\u2028swer"), delta("stop")),
        stream(delta(content="An"), delta("stop", content="\u2028swer")).replace(b"\r\n", b"\r"),
        stream(delta(content="An\u2028swer")) + b"data: [DONE]\n\n",
        b"\xef\xbb\xbf" + stream(delta(content="An\u2028swer"), delta("stop")),
        b"retry: 100\n\n" + stream(delta(content="An\u2028swer"), delta("stop")),
        stream(delta(content=[{"type": "text", "text": "An\u2028swer"}]), delta("stop")),
    ],
    ids=["line ends within texts", "returns", "only done", "mark", "retry", "parts"],
)
def test_streams_may_be_written_in_other_ways(content: bytes) -> None:
    raw = content.replace(b"\\u2028", "\u2028".encode())
    assert json.loads(assembled(raw))["choices"][0]["message"]["content"] == "An\u2028swer"


@pytest.mark.parametrize(
    "last",
    [
        {"choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 5}}]},
        {**delta("stop"), "x_groq": {"usage": {"prompt_tokens": 5}}},
    ],
    ids=["in the choice", "apart"],
)
def test_usage_is_found_where_endpoints_put_it(last: dict[str, Any]) -> None:
    content = stream(delta(content="4"), last)
    assert json.loads(assembled(content))["usage"] == {"prompt_tokens": 5}


def test_an_answer_that_is_no_stream_is_left_as_it_is() -> None:
    for content in (b'{"choices": []}', b"", b"<html>", b"data", b"[1]"):
        assert assembled(content) == content


@pytest.mark.parametrize("content", [stream(delta(content="An")), b"data: {\n\n"])
def test_a_stream_that_breaks_off_is_no_answer(content: bytes) -> None:
    with pytest.raises(Passing):
        assembled(content)


def test_an_error_in_a_stream_is_reported() -> None:
    content = stream(delta(content="An"), {"error": {"message": "overloaded", "code": 503}})
    with pytest.raises(OutageError, match="overloaded"):
        ask(FakeEndpoint(then=sends(content.decode(), "text/event-stream")))


@pytest.mark.parametrize("usage", [True, False])
def test_streaming_is_an_option(usage: bool) -> None:
    endpoint = FakeEndpoint(streams("Answer", ": 4", usage=usage))
    reply = ask(endpoint, extra={"stream": True})
    assert (reply.text, reply.estimated) == ("Answer: 4", not usage)
    assert endpoint.requests[0]["stream_options"] == {"include_usage": True}
