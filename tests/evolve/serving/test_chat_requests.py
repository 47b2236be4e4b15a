"""Chat requests by the openai client: parameters, refusals and replies."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest

from evolve.models.base import Message, Reply, Request, ToolCall
from evolve.serving.completions import Completion, shortened
from evolve.serving.system import question_of
from tests.evolve.serving.in_process import QUESTION, served

LONG = "one two three four five six seven eight nine ten eleven"
SCRIPT = {"refuse": "", "What": f"Answer: {LONG}", "Tool result": "Answer: the tool's"}
SCHEMA = {
    "type": "object",
    "properties": {"value": {"type": "integer"}},
    "required": ["value"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]
CALLS = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
Ask = Callable[[Any], Awaitable[None]]


def client_asks(ask: Ask, script: object = SCRIPT) -> None:
    async def main() -> None:
        async with served(script) as url:
            base = f"{url}/v1"
            async with openai.AsyncOpenAI(base_url=base, api_key="x", max_retries=2) as client:
                await ask(client)

    asyncio.run(main())


async def completion(client: Any, **more: Any) -> Any:
    return await client.chat.completions.create(**{"model": "one", "messages": QUESTION, **more})


def test_replies_have_ids_and_times_of_their_own() -> None:
    async def ask(client: Any) -> None:
        first, second = await completion(client), await completion(client)
        assert first.id.startswith("chatcmpl-")
        assert first.id != second.id
        assert abs(first.created - time.time()) < 3600
        stream = await completion(client, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
        assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1
        assert chunks[0].usage is None
        assert chunks[-1].usage.total_tokens > 0
        assert (await client.models.retrieve("one")).created > 0

    client_asks(ask)


def test_limits_stops_and_counts_are_kept() -> None:
    async def ask(client: Any) -> None:
        for name in ("max_tokens", "max_completion_tokens"):
            choice = (await completion(client, **{name: 2})).choices[0]
            assert (choice.message.content, choice.finish_reason) == ("one two ", "length")
        for stop in (" three", ["eleven", " three"]):
            choice = (await completion(client, stop=stop)).choices[0]
            assert (choice.message.content, choice.finish_reason) == ("one two", "stop")
        whole = (await completion(client, max_tokens=500, stop=["twelve"])).choices[0]
        assert (whole.message.content, whole.finish_reason) == (LONG, "stop")
        assert len((await completion(client, n=3)).choices) == 3

    client_asks(ask)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"response_format": {"type": "json_object"}, "messages": "json"}, "messages"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "v", "strict": True, "schema": SCHEMA},
                }
            },
            "response_format",
        ),
        ({"tools": TOOLS}, "tools"),
        ({"tools": TOOLS, "tool_choice": "required"}, "tool_choice"),
        ({"tools": [5]}, "tools[0]"),
        ({"extra_body": {"functions": [{"name": "f"}]}}, "functions"),
        ({"logprobs": True}, "logprobs"),
        ({"logit_bias": {"5": 1}}, "logit_bias"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": ""}, "stop"),
        ({"n": 1.5}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": "x"}, "seed"),
        ({"reasoning_effort": "enormous"}, "reasoning_effort"),
        ({"extra_body": {"stream": "yes"}}, "stream"),
        ({"extra_body": {"stream_options": [5]}}, "stream_options"),
        ({"model": ""}, "model"),
        ({"extra_body": {"model": ["one"]}}, "model"),
        ({"messages": [5]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": 5}]}]}, "messages[0]"),
    ],
)
def test_what_cannot_be_honoured_is_refused(more: dict[str, Any], param: str) -> None:
    async def ask(client: Any) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            await completion(client, **more)
        assert caught.value.body["param"] == param  # type: ignore[index]

    client_asks(ask)


@pytest.mark.parametrize(
    "more",
    [
        {"response_format": {"type": "text"}},
        {"tools": TOOLS, "tool_choice": "none"},
        {"tools": []},
        {"temperature": 0.2, "top_p": 0.9, "user": "me", "seed": 4, "logprobs": False},
        {"messages": [{"role": "developer", "content": "Be brief."}, *QUESTION]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]},
    ],
)
def test_what_changes_nothing_is_accepted(more: dict[str, Any]) -> None:
    async def ask(client: Any) -> None:
        assert (await completion(client, **more)).choices[0].message.content == LONG

    client_asks(ask)


def test_histories_with_tool_results_are_understood() -> None:
    history = [
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
        {"role": "assistant", "content": None, "refusal": "No."},
    ]

    async def ask(client: Any) -> None:
        output = await completion(client, messages=history)
        assert output.choices[0].message.content == "the tool's"

    client_asks(ask)


def test_a_history_is_one_question() -> None:
    call = ToolCall("f", '{"a": 1}', "c1")
    turns = [
        Message("user", "Look it up."),
        Message("assistant", "", (call,)),
        Message("tool", "42", call_id="c1"),
    ]
    assert question_of(turns) == (
        'User: Look it up.\n\nAssistant calls f with {"a": 1}\n\nTool result: 42'
    )


def refuses(request: Request) -> Reply:
    """A script for tests: refuses."""
    return Reply("", 5, 5, 0.0, refusal="I will not.")


def test_a_refusal_is_a_refusal() -> None:
    async def ask(client: Any) -> None:
        message = (await completion(client)).choices[0].message
        assert (message.content, message.refusal) == (None, "I will not.")
        chunks = [chunk async for chunk in await completion(client, stream=True)]
        output = "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks)
        assert output == "I will not."

    client_asks(ask, f"{__name__}:refuses")


def says_nothing(request: Request) -> str:
    """A script for tests: an empty reply."""
    return ""


def test_a_final_failure_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[str] = []

    async def ask(client: Any) -> None:
        with pytest.raises(openai.UnprocessableEntityError, match="gives no answer"):
            await completion(client, messages=[{"role": "user", "content": "refuse"}])

    def count(request: Request) -> str:
        requests.append(request.messages[-1].content)
        return ""

    monkeypatch.setitem(globals(), "says_nothing", count)
    client_asks(ask, f"{__name__}:says_nothing")
    assert len(requests) == 1


def test_calls_of_functions_are_written_as_such() -> None:
    reply = Reply("", 1, 1, 0.0, tool_calls=(ToolCall("f", "{}"),))
    choice = Completion("m", [reply]).as_data()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["id"].startswith("call_")
    events = b"".join(Completion("m", [reply]).events(with_usage=False)).decode()
    assert '"tool_calls": [{"index": 0' in events


def test_a_character_is_not_cut_in_two() -> None:
    reply = shortened(Reply("ééééé", 1, 1, 0.0), 1)
    assert (reply.text, reply.truncated) == ("éé", True)
