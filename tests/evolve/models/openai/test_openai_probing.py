"""Missing capabilities are detected by control requests, once, and then left out."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from evolve.models.base import Message, Reply, Request, ToolCall, ToolSignature
from evolve.models.openai import OpenAI
from evolve.models.openai.capabilities import Capabilities
from tests.evolve.models.openai.asking import Losses, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    FakeEndpoint,
    answers,
    completion,
    fails,
    says,
    streams,
)

SCHEMA = {"title": "n", "type": "object", "properties": {}, "additionalProperties": False}
ADD = ToolSignature("add", "Adds.", {"type": "object", "properties": {}})
SYSTEM, USER = Message("system", "Be brief."), Message("user", "2 + 2?")
CALLED = (
    SYSTEM,
    USER,
    Message("assistant", "", (ToolCall("add", "{}", "call00001"),), reasoning="I add."),
    Message("tool", "4", call_id="call00001"),
)

Refuses = Callable[[dict[str, Any]], bool]


def roles(payload: dict[str, Any]) -> list[str]:
    return [turn["role"] for turn in payload["messages"]]


def lacks(*refuses: Refuses) -> Behaviour:
    """Refuses such requests without a word of explanation."""

    async def behave(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        if any(each(payload) for each in refuses):
            return web.json_response({"error": {"message": "Bad request."}}, status=400)
        return await (streams("4") if payload.get("stream") else says("4"))(asking, payload)

    return behave


def forces_json(kind: str) -> Refuses:
    return lambda payload: payload.get("response_format", {}).get("type") == kind


LACKS: dict[str, tuple[list[Refuses], dict[str, Any]]] = {
    "system": ([lambda payload: "system" in roles(payload)], {"system": False}),
    "alternation": (
        [
            lambda payload: "system" in roles(payload),
            lambda payload: "useruser" in "".join(roles(payload)),
        ],
        {"system": False},
    ),
    "schema": ([forces_json("json_schema")], {"structured": "json_object"}),
    "json": ([lambda payload: "response_format" in payload], {"structured": "text"}),
    "tools": ([lambda payload: "tools" in payload], {"tools": False}),
    "plain": ([lambda payload: not payload.get("stream")], {"streams": True}),
    "plain, without options": (
        [lambda payload: not payload.get("stream"), lambda payload: "stream_options" in payload],
        {"streams": True, "stream_options": False},
    ),
    "limit": ([lambda payload: "max_tokens" in payload], {"limit": "max_completion_tokens"}),
    "temperature": ([lambda payload: "temperature" in payload], {"temperature": False}),
    "effort": ([lambda payload: "reasoning_effort" in payload], {"reasoning_effort": False}),
    "system and tools": (
        [lambda payload: "system" in roles(payload), lambda payload: "tools" in payload],
        {"system": False, "tools": False},
    ),
    "plain and system": (
        [lambda payload: not payload.get("stream"), lambda payload: "system" in roles(payload)],
        {"streams": True, "system": False},
    ),
}
FULL = Request((SYSTEM, USER), 64, temperature=0.5, effort="low", schema=SCHEMA, tools=(ADD,))


@pytest.mark.parametrize("name", LACKS)
def test_what_is_refused_without_a_word_is_found_and_remembered(name: str) -> None:
    refuses, found = LACKS[name]

    async def main(endpoint: FakeEndpoint, model: OpenAI) -> None:
        model.charge(Losses())
        assert (await model.complete(FULL)).text == "4"
        assert model.capabilities == Capabilities(**found)
        before = len(endpoint.requests)
        assert (await model.complete(FULL)).text == "4"
        assert len(endpoint.requests) == before + 1

    meet(FakeEndpoint(then=lacks(*refuses)), main)


def test_many_that_meet_it_at_once_look_once() -> None:
    async def many(endpoint: FakeEndpoint, model: OpenAI) -> int:
        payload = [Request((SYSTEM, Message("user", str(number))), 64) for number in range(10)]
        replies = await asyncio.gather(*map(model.complete, payload))
        assert {reply.text for reply in replies} == {"4"}
        return len(endpoint.requests)

    refuses, _ = LACKS["system"]
    assert meet(FakeEndpoint(then=lacks(*refuses)), many) <= 10 + 3 + 10


def test_system_messages_open_the_first_user_turn() -> None:
    refuses, _ = LACKS["alternation"]
    endpoint = FakeEndpoint(then=lacks(*refuses))
    ask(endpoint, Request((SYSTEM, USER, Message("user", "Now?")), 64))
    text = "Be brief.\n\n2 + 2?\n\nNow?"
    assert endpoint.requests[-1]["messages"] == [{"role": "user", "content": text}]


def wants_reasoning(payload: dict[str, Any]) -> bool:
    return any(
        turn.get("tool_calls") and not turn.get("reasoning_content") for turn in payload["messages"]
    )


def test_reasoning_is_sent_back_with_the_calls_it_led_to() -> None:
    call = {"id": "1", "function": {"name": "add", "arguments": "{}"}, "extra_content": {"a": 1}}
    body = completion(None, tool_calls=[call], reasoning_content="I add.")
    reply = ask(FakeEndpoint(answers(body)), Request((USER,), 64, tools=(ADD,)))
    assert reply.reasoning == "I add."
    assert reply.tool_calls == (ToolCall("add", "{}", "1", '{"a": 1}'),)
    turn = Message("assistant", "", reply.tool_calls, reasoning=reply.reasoning)
    endpoint = FakeEndpoint(then=lacks(wants_reasoning))
    ask(endpoint, Request((USER, turn, Message("tool", "4", call_id="1")), 64, tools=(ADD,)))
    (payload,) = endpoint.requests
    assert payload["messages"][1]["reasoning_content"] == "I add."
    assert payload["messages"][1]["tool_calls"][0]["extra_content"] == {"a": 1}


def test_reasoning_is_left_out_where_it_is_refused() -> None:
    unwanted: Refuses = lambda payload: "reasoning_content" in str(payload["messages"])  # noqa: E731
    endpoint = FakeEndpoint(then=lacks(unwanted))
    assert ask(endpoint, Request(CALLED, 64, tools=(ADD,))).text == "4"
    assert "tools" in endpoint.requests[-1]


def test_reasoning_without_a_call_is_not_sent_back() -> None:
    body = completion("Answer: 4", reasoning_content="2 and 2…")
    assert ask(FakeEndpoint(answers(body))).reasoning == ""


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_a_reply_that_stands_in_the_reasoning_is_taken(field: str) -> None:
    endpoint = FakeEndpoint(then=answers(completion(None, **{field: "Two.\nAnswer: 4"})))
    assert ask(endpoint).text == "Two.\nAnswer: 4"
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2 and 2…</think>\nAnswer: 4", "Answer: 4"),
        ("<think>2 and 2…</think>Answer: 4", "Answer: 4"),
        ("<thinking>2 and", ""),
        ("I <think> so </think>", "I <think> so </think>"),
    ],
)
def test_thoughts_are_left_out_even_where_a_tag_is_missing(text: str, kept: str) -> None:
    assert ask(FakeEndpoint(then=says(text))).text == kept


def test_a_schema_that_is_ignored_leaves_text_to_read() -> None:
    endpoint = FakeEndpoint(says('Sure: {"n": 1} is it.'))
    assert ask(endpoint, request(schema=SCHEMA)).text == '{"n": 1}'


def test_what_was_found_is_remembered_elsewhere(tmp_path: Path) -> None:
    noted: dict[str, str] = {}

    class Notes:
        def recall(self, key: str) -> str | None:
            return noted.get(key)

        def note(self, key: str, text: str) -> None:
            noted[key] = text

    async def main(endpoint: FakeEndpoint, model: OpenAI) -> list[Reply]:
        model.remember(Notes())
        return [await model.complete(Request((SYSTEM, USER), 64))]

    async def twice() -> list[int]:
        counts = []
        async with FakeEndpoint(then=lacks(*LACKS["system"][0])) as endpoint:
            for _ in range(2):
                model = OpenAI(model="fake", base_url=endpoint.url)
                await main(endpoint, model)
                await model.close()
                counts.append(len(endpoint.requests))
        return counts

    first, both = asyncio.run(twice())
    assert both == first + 1


@pytest.mark.parametrize(
    ("refuses", "found"),
    [
        (lambda payload: "system" in roles(payload), {"system": False}),
        (forces_json("json_schema"), {"structured": "json_object"}),
        (lambda payload: "tools" in payload, {"tools": False}),
    ],
    ids=["system", "schema", "tools"],
)
def test_a_server_that_fails_at_what_it_lacks_is_asked_without(
    refuses: Refuses, found: dict[str, Any]
) -> None:
    async def behave(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        if refuses(payload):
            error = {"message": "TemplateError: roles, schemas and tools are not supported"}
            return web.json_response({"error": error}, status=500)
        return await says("4")(asking, payload)

    async def main(_: FakeEndpoint, model: OpenAI) -> None:
        model.charge(Losses())
        assert (await model.complete(FULL)).text == "4"
        assert model.capabilities == Capabilities(**found)

    meet(FakeEndpoint(then=behave), main)


def test_a_server_that_fails_for_a_while_keeps_its_abilities() -> None:
    failure = fails(500, "the tool server is not ready")

    async def main(_: FakeEndpoint, model: OpenAI) -> None:
        model.charge(Losses())
        assert (await model.complete(FULL)).text == "4"
        assert model.capabilities == Capabilities()

    meet(FakeEndpoint(failure, failure, then=says("4")), main)
    meet(FakeEndpoint(failure, then=says("4")), main)
