"""Unsupported parameters of endpoints are detected once, and then left out."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from archive.store import Archive
from evolve.errors import OutageError
from evolve.models.base import Message, Reply, ToolCall, ToolSignature
from evolve.models.cache import CallCache
from evolve.models.openai import OpenAI
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.replies import bare_json
from tests.evolve.models.openai.asking import KEY, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    FakeEndpoint,
    answers,
    completion,
    fails,
    refuses,
    says,
)

SCHEMA = {
    "title": "An edit",
    "type": "object",
    "properties": {"number": {"type": "integer"}},
    "required": ["number"],
    "additionalProperties": False,
}
FULL = request(temperature=0.5, top_p=0.9, effort="low")


def twice(endpoint: FakeEndpoint, model: OpenAI) -> "asyncio.Future[list[Reply]]":
    async def main() -> list[Reply]:
        return [await model.complete(FULL), await model.complete(FULL)]

    return asyncio.ensure_future(main())


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", ["temperature", "top_p", "reasoning_effort"])
def test_what_is_refused_is_left_out_from_then_on(name: str, named: bool) -> None:
    endpoint = FakeEndpoint(then=refuses(name, named=named))
    replies = meet(endpoint, twice)
    assert [reply.text for reply in replies] == ["Answer: 4"] * 2
    assert len(endpoint.requests) == 3
    assert all(name not in payload for payload in endpoint.requests[1:])
    assert len(endpoint.requests[2]) == len(endpoint.requests[0]) - 1


def test_max_completion_tokens_is_used_where_it_is_wanted() -> None:
    message = "Unsupported parameter: '{}'. Use 'max_completion_tokens' instead."
    endpoint = FakeEndpoint(then=refuses("max_tokens", message=message, named=False))
    meet(endpoint, twice)
    assert len(endpoint.requests) == 3
    assert [payload.get("max_completion_tokens") for payload in endpoint.requests] == [None, 64, 64]


def test_what_was_found_out_is_kept_in_the_archive(tmp_path: Path) -> None:
    endpoint = FakeEndpoint(then=refuses("temperature"))
    path = tmp_path / "evolve.db"

    async def once(endpoint: FakeEndpoint, model: OpenAI) -> Reply:
        with Archive.write(path) as archive:
            run = archive.create_run("one", 0, "{}", [])
            cached = CallCache(archive, run).wrap(model)
            return await cached.complete(replace(FULL, sample=len(endpoint.requests)))

    async def in_two_processes() -> list[int]:
        counts = []
        async with endpoint:
            for _ in range(2):
                model = OpenAI(model="fake", base_url=endpoint.url)
                assert (await once(endpoint, model)).text == "Answer: 4"
                await model.close()
                counts.append(len(endpoint.requests))
        return counts

    assert asyncio.run(in_two_processes()) == [2, 3]
    assert "temperature" not in endpoint.requests[2]
    assert KEY.encode() not in path.read_bytes()


def test_what_was_found_out_is_asked_again_after_a_while(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = archive.create_run("one", 0, "{}", [])
        archive.put_endpoint(run, "somewhere", '{"temperature": false}')
        now = datetime.now(UTC)
        assert archive.endpoint("somewhere", now - timedelta(days=7)) is not None
        assert archive.endpoint("somewhere", now + timedelta(days=1)) is None
        assert archive.endpoint("elsewhere", now - timedelta(days=7)) is None


def test_several_refusals_are_found_out_one_by_one() -> None:
    endpoint = FakeEndpoint(then=refuses("max_tokens", "temperature", "top_p"))
    assert ask(endpoint, FULL).text == "Answer: 4"
    assert len(endpoint.requests) == 4


def test_refusals_met_at_once_are_found_out_once() -> None:
    async def many(endpoint: FakeEndpoint, model: OpenAI) -> Capabilities:
        calls = (model.complete(request(str(n), schema=SCHEMA)) for n in range(10))
        await asyncio.gather(*calls)
        return model.capabilities

    endpoint = FakeEndpoint(then=refuses("response_format:json_schema", "max_tokens"))
    found = meet(endpoint, many)
    assert found == Capabilities(structured="json_object", limit="max_completion_tokens")


def test_what_was_found_out_outlives_the_connection() -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> None:
        await model.complete(FULL)
        await model.close()
        await model.complete(FULL)

    endpoint = FakeEndpoint(then=refuses("temperature"))
    meet(endpoint, main)
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize(
    ("refused", "attempts", "format_type"),
    [
        ((), 1, "json_schema"),
        (("response_format:json_schema",), 2, "json_object"),
        (("response_format",), 3, None),
    ],
)
def test_structured_output_steps_down_the_ladder(
    refused: tuple[str, ...], attempts: int, format_type: str | None
) -> None:
    endpoint = FakeEndpoint(then=refuses(*refused))
    ask(endpoint, request(schema=SCHEMA))
    assert len(endpoint.requests) == attempts
    last = endpoint.requests[-1]
    assert last.get("response_format", {}).get("type") == format_type
    in_words = json.dumps(SCHEMA) in last["messages"][-1]["content"]
    assert in_words == (format_type != "json_schema")
    if format_type == "json_schema":
        described = last["response_format"]["json_schema"]
        assert described == {"name": "An_edit", "strict": True, "schema": SCHEMA}


def test_a_schema_that_is_refused_leads_to_any_json() -> None:
    message = "Invalid schema for response_format 'An_edit': too many properties"
    endpoint = FakeEndpoint(fails(400, message, param="response_format"), says('{"number": 1}'))
    assert ask(endpoint, request(schema=SCHEMA)).text == '{"number": 1}'


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('{"a": "```"}', '{"a": "```"}'),
        ('Sure:\n```json\n{"a": 1}\n```\nDone.', '{"a": 1}'),
        ('It is {"a": {"b": 1}}.', '{"a": {"b": 1}}'),
        ("I cannot.", "I cannot."),
    ],
)
def test_json_is_taken_out_of_what_surrounds_it(text: str, bare: str) -> None:
    assert bare_json(text) == bare
    assert ask(FakeEndpoint(says(text)), request(schema=SCHEMA)).text == bare


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "This model's maximum context length is 4096 tokens", "context_length_exceeded"),
        (400, "Prompt is too long: 9000 tokens", None),
        (413, "Payload Too Large", None),
        (400, "The response was filtered", "content_filter"),
    ],
)
def test_a_conversation_that_is_not_taken_is_no_outage(
    status: int, message: str, code: str | None
) -> None:
    reply = ask(FakeEndpoint(fails(status, message, code=code)))
    assert message in reply.refusal
    assert (reply.text, reply.prompt_tokens) == ("", 0)


def refuses_above(name: str, most: float, message: str) -> Behaviour:
    """Refuses larger values of a key."""

    async def behave(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        if payload.get(name, 0) > most:
            return web.json_response({"error": {"message": message}}, status=400)
        return web.json_response(completion())

    return behave


@pytest.mark.parametrize("message", ["max_tokens is too large: 64", "temperature: at most 0.2"])
def test_a_value_out_of_range_is_reported_not_dropped(message: str) -> None:
    name, limit = message.split()[0].rstrip(":"), "0.2" if "0.2" in message else "9"
    endpoint = FakeEndpoint(then=refuses_above(name, float(limit), message))
    with pytest.raises(OutageError, match=message):
        ask(endpoint, FULL)
    assert all(payload.get("temperature", 0.5) == 0.5 for payload in endpoint.requests)


def test_an_endpoint_that_refuses_everything_is_an_outage() -> None:
    endpoint = FakeEndpoint(then=fails(400, "max_tokens and max_completion_tokens: unknown"))
    with pytest.raises(OutageError, match="max_completion_tokens: unknown"):
        ask(endpoint)
    assert len(endpoint.requests) <= 8


def test_what_the_run_file_adds_is_never_dropped() -> None:
    endpoint = FakeEndpoint(then=refuses("temperature"))
    with pytest.raises(OutageError, match="temperature"):
        ask(endpoint, extra={"temperature": 1})


ADD = ToolSignature("add", "Adds.", {"type": "object", "properties": {"x": {"type": "number"}}})
CALLS = [{"id": "7", "type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}}]


def test_tools_are_called_natively() -> None:
    endpoint = FakeEndpoint(answers(completion(None, tool_calls=CALLS)))
    reply = ask(endpoint, request(tools=(ADD,)))
    assert reply.tool_calls == (ToolCall("add", '{"x": 1}', "7"),)
    assert endpoint.requests[0]["tools"][0]["function"]["name"] == "add"


def test_results_are_sent_as_they_are_wanted() -> None:
    endpoint = FakeEndpoint(says("Answer: 2"))
    call = Message("assistant", "", tool_calls=(ToolCall("add", "{}", "call00001"),))
    observation = Message("tool", "2", call_id="call00001")
    payload = replace(request(tools=(ADD,), tool_choice="none"), messages=(call, observation))
    ask(endpoint, payload)
    (sent,) = endpoint.requests
    assert sent["tool_choice"] == "none"
    assert sent["messages"][0]["tool_calls"][0]["id"] == sent["messages"][1]["tool_call_id"]


@pytest.mark.parametrize("options", [{}, {"tools_in_words": True}])
def test_where_tools_are_refused_they_are_described(options: dict[str, bool]) -> None:
    block = 'So:\n```tool\n{"name": "add", "arguments": {"x": 1}}\n```'
    refusals = [] if options else [refuses("tools")]
    endpoint = FakeEndpoint(*refusals, then=says(block))
    reply = ask(endpoint, request(tools=(ADD,)), **options)
    assert (reply.text, reply.tool_calls) == ("So:", (ToolCall("add", '{"x": 1}'),))
    assert len(endpoint.requests) == (1 if options else 2)
    assert "tools" not in endpoint.requests[-1]
    assert "- add: Adds." in endpoint.requests[-1]["messages"][0]["content"]


@pytest.mark.parametrize(
    "message",
    [
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "registry.example/model does not support tools",
        "Function calling is not enabled for this model",
    ],
)
def test_endpoints_refuse_tools_in_many_words(message: str) -> None:
    endpoint = FakeEndpoint(then=refuses("tools", message=message, named=False))
    assert ask(endpoint, request(tools=(ADD,))).text == "Answer: 4"
    assert len(endpoint.requests) == 2


def test_calls_that_are_none_are_left_out() -> None:
    odd = [None, {"function": None}, 3, {"function": {"name": "add", "arguments": {"x": 2}}}]
    endpoint = FakeEndpoint(answers(completion("So:", tool_calls=odd)))
    calls = ask(endpoint, request(tools=(ADD,))).tool_calls
    assert [(call.name, call.arguments) for call in calls] == [("add", '{"x": 2}')]
