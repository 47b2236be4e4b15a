"""Temporary faults are retried, others are one clear line; the key is never shown."""

import asyncio
import gzip
import json
import traceback
from email.utils import formatdate

import pytest
from aiohttp import web

from evolve.errors import OutageError
from evolve.models.base import Reply, ToolSignature
from evolve.models.openai import OpenAI
from evolve.models.openai.attempts import Attempts
from evolve.models.openai.faults import Limited, Passing, one_line, retry_after
from evolve.models.price import Price
from tests.evolve.models.openai.asking import KEY, Losses, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    FakeEndpoint,
    answers,
    completion,
    cuts,
    cuts_midway,
    drips,
    echoes_key,
    fails,
    hangs,
    says,
    sends,
)


@pytest.mark.parametrize(
    ("fault", "billed"),
    [
        (fails(429), 0),
        (fails(429, headers={"Retry-After": "0.01"}), 0),
        (fails(429, "Too many tokens, please wait before trying again"), 0),
        (fails(500), 0),
        (fails(503, headers={"Retry-After": "0.01"}), 0),
        (sends("upstream timed out", "text/html", 504), 1),
        (hangs, 1),
        (drips, 1),
        (cuts, 1),
        (cuts_midway, 1),
        (sends('{"choices": [{"mess'), 1),
        (sends("<!doctype html><p>Welcome", "text/html"), 0),
        (answers(["no", "object"]), 1),
        (answers({"choices": [{"index": 0}]}), 1),
        (answers({"error": {"message": "overloaded", "code": 503}}), 0),
        (answers({"error": {"message": "slow down", "code": 429}}), 0),
    ],
)
def test_a_fault_that_passes_is_waited_for(fault: Behaviour, billed: int) -> None:
    endpoint = FakeEndpoint(fault, says("Answer: 4"))
    losses = Losses()
    reply = ask(endpoint, losses=losses, timeout_s=0.4 if fault in (hangs, drips) else 5)
    assert reply.text == "Answer: 4"
    assert len(endpoint.requests) == 2
    assert losses.usage.calls == billed
    assert losses.usage.completion_tokens == 64 * billed


def test_what_may_have_been_billed_is_charged_at_worst() -> None:
    losses = Losses()
    endpoint = FakeEndpoint(cuts, cuts, says("Answer: 4"))
    ask(endpoint, losses=losses, price=Price(prompt=0, completion=1e6))
    assert losses.usage.calls == losses.usage.estimated == 2
    assert losses.usage.usd == losses.usage.completion_tokens == 2 * 64


def test_a_call_that_may_be_billed_is_not_repeated_without_room() -> None:
    endpoint = FakeEndpoint(cuts, cuts, says("Answer: 4"))
    with pytest.raises(OutageError, match="the budget allows no other attempt; raise it"):
        ask(endpoint, losses=Losses(room=1))
    assert len(endpoint.requests) == 2
    empty = FakeEndpoint(says(""), says("Answer: 4"))
    losses = Losses(room=0)
    reply = ask(empty, losses=losses)
    assert (reply.text, reply.free, len(empty.requests)) == ("", True, 1)
    assert losses.usage.calls == 1


def test_an_empty_reply_is_retried_a_few_times() -> None:
    endpoint = FakeEndpoint(says(""), says("Answer: 4"))
    losses = Losses()
    reply = ask(endpoint, losses=losses)
    assert reply.text == "Answer: 4"
    lost = losses.usage
    assert (lost.calls, lost.prompt_tokens, lost.completion_tokens) == (1, 11, 7)
    silent = FakeEndpoint(then=says(None))
    assert ask(silent).text == ""
    assert len(silent.requests) == 6


def calls(arguments: str, text: str | None = None) -> Behaviour:
    """Calls a function with those arguments."""
    call = {"id": "1", "function": {"name": "adder", "arguments": arguments}}
    return answers(completion(text, tool_calls=[call]))


TOOLS = (ToolSignature("adder", "Adds.", {"type": "object", "properties": {}}),)


@pytest.mark.parametrize("cut", ["{", '{"a": 1, "b": ', '{"a": "one and t', '{"a": [1, 2'])
def test_a_call_that_breaks_off_is_repeated(cut: str) -> None:
    endpoint = FakeEndpoint(calls(cut, "I shall add."), calls('{"a": 1}'))
    reply = ask(endpoint, request(tools=TOOLS))
    assert [call.arguments for call in reply.tool_calls] == ['{"a": 1}']
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("wrong", ["{a: 1}", "a + b", "[" * 100_000 + "x", '"text"'])
def test_a_call_that_is_wrong_is_the_models_doing(wrong: str) -> None:
    endpoint = FakeEndpoint(calls(wrong))
    assert [call.arguments for call in ask(endpoint, request(tools=TOOLS)).tool_calls] == [wrong]
    assert len(endpoint.requests) == 1


def packed(content: bytes, how: str = "gzip") -> Behaviour:
    async def behave(asking: web.Request, payload: dict[str, object]) -> web.StreamResponse:
        assert asking.headers["Accept-Encoding"] == "gzip"
        return web.Response(body=content, headers={"Content-Encoding": how})

    return behave


def test_packed_answers_are_opened() -> None:
    body = gzip.compress(json.dumps(completion("Answer: 4")).encode())
    assert ask(FakeEndpoint(packed(body))).text == "Answer: 4"


@pytest.mark.parametrize(
    ("fault", "expected_message"),
    [
        (packed(gzip.compress(b" " * 33 * 2**20)), "an answer of more than 32 MiB"),
        (sends(" " * 33 * 2**20), "an answer of more than 32 MiB"),
        (packed(b"no gzip"), "an answer that cannot be unpacked"),
        (packed(b"{}", "br"), "an answer packed as br"),
    ],
    ids=["bomb", "long", "broken", "unasked"],
)
def test_answers_that_would_hurt_are_left(fault: Behaviour, expected_message: str) -> None:
    with pytest.raises(OutageError, match=expected_message):
        ask(FakeEndpoint(then=fault), retries=0, timeout_s=20)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (fails(500, "kaput"), "it answers 500: kaput (3 times in a row); check that"),
        (hangs, "no answer within 0.05 s (3 times in a row)"),
        (cuts, "the connection broke: Server disconnected (3 times in a row)"),
        (sends("<html>Login", "text/html"), "a page of HTML instead of JSON (`base_url` usually"),
        (sends("nonsense"), "an answer that is no JSON: nonsense"),
        (fails(429, "slow down", {"Retry-After": "90"}), "slow down (for too long); lower its"),
    ],
)
def test_retries_are_bounded(fault: Behaviour, message: str) -> None:
    endpoint = FakeEndpoint(then=fault)
    with pytest.raises(OutageError) as caught:
        ask(endpoint, timeout_s=0.05)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"model 'fake' at {endpoint.url}: ")
    assert len(str(caught.value).splitlines()) == 1
    assert len(endpoint.requests) <= 3


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (fails(401, "bad key"), "it answers 401: bad key; check the key in OPENAI_API_KEY"),
        (fails(403, "not yours"), "check the key in OPENAI_API_KEY and what it may use"),
        (fails(404, "no model 'fake'"), "no model 'fake'; check `model` and `base_url`"),
        (sends("<h1>404</h1>", "text/html", 404), "it answers 404: a page of HTML; check `model`"),
        (sends("", status=301), "it answers 301: no explanation; check `model` and `base_url`"),
        (fails(402, "pay"), "its account needs credit"),
        (fails(429, "You ran out", code="insufficient_quota"), "its account needs credit"),
        (fails(400, "What?"), "it answers 400: What?; check this model's options"),
        (fails(418, "teapot"), "it answers 418: teapot; check this model's options"),
    ],
)
def test_permanent_errors_are_raised_at_once(fault: Behaviour, message: str) -> None:
    endpoint = FakeEndpoint(then=fault)
    with pytest.raises(OutageError) as caught:
        ask(endpoint)
    assert message in str(caught.value)
    assert len(endpoint.requests) <= 5


def test_an_endpoint_that_is_not_there_is_an_outage() -> None:
    with pytest.raises(OutageError, match=r"it cannot be reached: .*127\.0\.0\.1") as caught:
        ask(FakeEndpoint(), base_url="http://127.0.0.1:9/v1")
    assert "\n" not in str(caught.value)


def test_no_text_holds_the_key() -> None:
    with pytest.raises(OutageError) as caught:
        ask(FakeEndpoint(then=echoes_key))
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert "sk-" not in str(caught.value)
    assert "Incorrect API key provided: [key]" in str(caught.value)
    assert KEY not in ask(FakeEndpoint(says(f"The key is {KEY}."))).text


def test_messages_from_outside_are_one_short_line_without_control_characters() -> None:
    assert one_line("a\x1b[31m\r\n\n b") == "a [31m b"
    assert len(one_line("x" * 9999)) == 240


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": formatdate(0, usegmt=True)}, 0),
        ({"retry-after": "7", "retry-after-ms": "40"}, 0.04),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds


def test_a_date_to_retry_after_is_read() -> None:
    import time

    assert 50 < retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)}) <= 60


def test_retry_after_is_honoured_by_all_calls() -> None:
    async def both(endpoint: FakeEndpoint, model: OpenAI) -> list[Reply]:
        first = asyncio.create_task(model.complete(request("first")))
        while not endpoint.requests:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        return [await model.complete(request("second")), await first]

    endpoint = FakeEndpoint(fails(429, headers={"Retry-After": "0.08"}))
    meet(endpoint, both)
    assert all(time - endpoint.times[0] >= 0.07 for time in endpoint.times[1:])


async def affordable(prompt_tokens: int, completion_tokens: int) -> bool:
    return True


def next_wait_s(attempts: Attempts, fault: Passing) -> float | None:
    return asyncio.run(attempts.next_wait_s(fault))


def test_waits_grow_and_are_a_function_of_the_request() -> None:
    def waits(sample: int) -> list[float | None]:
        attempts = Attempts(request(sample=sample), 4, 1.0, 100.0, affordable, 50)
        return [next_wait_s(attempts, Passing("no", billed=False)) for _ in range(5)]

    first = waits(0)
    assert first == waits(0) != waits(1)
    assert first[4] is None
    for number, wait in enumerate(first[:4]):
        assert wait is not None
        assert 2**number / 2 <= wait <= 2**number


def test_rate_limits_do_not_use_up_retries() -> None:
    attempts = Attempts(request(), 1, 0.01, 100.0, affordable, 50)
    assert all(next_wait_s(attempts, Limited("no", billed=False)) is not None for _ in range(20))
    assert next_wait_s(attempts, Passing("no", billed=False)) is not None
    assert next_wait_s(attempts, Passing("no", billed=False)) is None


def test_a_model_that_was_given_up_is_left_alone_for_a_while() -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> None:
        for _ in range(3):
            with pytest.raises(OutageError, match="kaput"):
                await model.complete(request())
        assert len(endpoint.requests) == 3
        await asyncio.sleep(0.06)
        assert (await model.complete(request())).text == "Answer: 4"
        assert len(endpoint.requests) == 4

    meet(FakeEndpoint(*[fails(500, "kaput")] * 3), main, rest_s=0.05)


def test_while_a_model_fails_one_call_tries_for_all() -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> int:
        calls = (model.complete(request(str(number))) for number in range(20))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, OutageError) for outcome in outcomes)
        return len(endpoint.requests)

    payload = meet(FakeEndpoint(then=fails(500)), main, retries=6)
    assert payload <= 20 + 6


def test_the_details_of_an_error_are_reported() -> None:
    body = {**completion(), "error": {"message": "no such model", "code": 404}}
    with pytest.raises(OutageError, match="no such model"):
        ask(FakeEndpoint(then=answers(body)))
