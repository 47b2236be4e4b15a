"""The refusal of one request is that answer's failure; only the refusal of all is an outage."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from evolve.errors import OutageError
from evolve.models.base import Message, Reply, Request
from evolve.models.openai import OpenAI
from evolve.models.openai.replies import NO_CHOICES
from tests.evolve.models.openai.asking import Losses, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import (
    Behaviour,
    FakeEndpoint,
    answers,
    completion,
    fails,
    says,
    sends,
)

EMPTY: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 20, "total_tokens": 20}}
CUT_BY_FILTER = completion(None)
CUT_BY_FILTER["choices"][0]["finish_reason"] = "content_filter: PROHIBITED_CONTENT"


def gemini(message: str) -> Behaviour:
    """An error as Gemini's endpoint writes it: in a list."""
    return answers([{"error": {"code": 400, "message": message}}], status=400)


def only_that(fault: Behaviour) -> Behaviour:
    """Answers everything but what is about cake."""

    async def behave(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        about = str(payload["messages"])
        return await (fault if "cake" in about else says())(asking, payload)

    return behave


CAKE = request("Is the cake a lie?")
REFUSALS = {
    "openai": (fails(400, "Invalid prompt: it was flagged", code="invalid_prompt"), "flagged"),
    "dashscope": (fails(400, "inappropriate content", code="data_inspection_failed"), "inappro"),
    "openrouter": (fails(403, "requires moderation: flagged for harassment"), "moderation"),
    "azure": (fails(400, "The response was filtered", code="content_filter"), "filtered"),
    "groq-json": (fails(400, "Failed to generate JSON.", code="json_validate_failed"), "JSON"),
    "groq-tool": (fails(400, "Failed to call a function.", code="tool_use_failed"), "function"),
    "gemini": (answers(EMPTY), NO_CHOICES),
    "gemini-filter": (answers(CUT_BY_FILTER), "PROHIBITED_CONTENT"),
    "gemini-long": (gemini("The input token count (9) exceeds the maximum"), "input token count"),
    "tgi-long": (sends('{"error": "`inputs` tokens must be <= 9"}', status=422), "must be <= 9"),
    "firewall": (sends("<html>Blocked", "text/html", 403), "a page of HTML"),
    "unknown": (fails(400, "Computer says no"), "Computer says no"),
    "unknown-403": (fails(403, "not for you"), "not for you"),
    "unknown-404": (fails(404, "no endpoint for it"), "no endpoint for it"),
    "teapot": (fails(418, "teapot"), "teapot"),
    "in-an-answer": (answers({"error": {"message": "I will not", "code": 400}}), "I will not"),
    "in-an-answer-as-text": (answers({"error": "It was flagged"}), "It was flagged"),
    "larger-than-a-minute": (fails(429, "Request too large: Limit 6, Requested 9"), "too large"),
    "longer-than-a-context": (fails(500, "Requested tokens exceed context window of 9"), "window"),
    "word-tools": (fails(400, "no tools, no temperature, no top_p"), "no tools"),
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", REFUSALS)
def test_a_request_that_alone_is_refused_is_answered_with_the_reason(
    name: str, first: bool
) -> None:
    fault, reason = REFUSALS[name]

    async def several(_: FakeEndpoint, model: OpenAI) -> list[Reply]:
        model.charge(Losses())
        payload = [CAKE, request("1 + 1")] if first else [request("1 + 1"), CAKE, CAKE]
        return [await model.complete(each) for each in payload]

    replies = meet(FakeEndpoint(then=only_that(fault)), several)
    refused = replies[0] if first else replies[1]
    assert reason in refused.refusal
    assert refused.text == ""
    assert replies[1 if first else 0].text == "Answer: 4"


@pytest.mark.parametrize("status", [400, 403, 404, 418])
def test_a_shape_that_was_answered_is_not_tried_again(status: int) -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> int:
        await model.complete(request("1 + 1"))
        before = len(endpoint.requests)
        assert "no" in (await model.complete(CAKE)).refusal
        return len(endpoint.requests) - before

    control_requests = meet(FakeEndpoint(then=only_that(fails(status, "no"))), main) - 1
    assert control_requests == (1 if status in (403, 404) else 0)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_endpoint_that_begins_to_refuse_everything_is_an_outage(status: int) -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> int:
        await model.complete(request())
        endpoint.behave(fails(status, "gone"))
        for refused in range(9):
            try:
                await model.complete(request(str(refused)))
            except OutageError:
                return refused
        return 9

    assert meet(FakeEndpoint(), main) <= 2


def test_a_refusal_that_mentions_a_key_costs_no_capability() -> None:
    async def main(endpoint: FakeEndpoint, model: OpenAI) -> None:
        model.charge(Losses())
        cake = request("cake", temperature=0.5)
        assert "temperature" in (await model.complete(cake)).refusal
        assert model.capabilities.temperature
        assert (await model.complete(request("1 + 1", temperature=0.5))).text == "Answer: 4"
        assert endpoint.requests[-1]["temperature"] == 0.5

    fault = fails(400, "No recipes: the temperature of an oven is dangerous")
    meet(FakeEndpoint(then=only_that(fault)), main)


def test_control_requests_are_booked() -> None:
    losses = Losses()
    ask(FakeEndpoint(then=only_that(fails(400, "no"))), CAKE, losses=losses)
    assert losses.usage.calls == 2
    assert losses.usage.tokens == 2 * 18
    with pytest.raises(OutageError, match="the budget leaves no room"):
        ask(FakeEndpoint(then=only_that(fails(400, "no"))), CAKE, losses=Losses(room=0))


def test_many_refusals_at_once_take_one_look() -> None:
    async def many(endpoint: FakeEndpoint, model: OpenAI) -> list[Reply]:
        calls = (model.complete(request(f"cake {number}")) for number in range(8))
        return await asyncio.gather(*calls)

    endpoint = FakeEndpoint(then=only_that(fails(400, "no")))
    assert all("no" in reply.refusal for reply in meet(endpoint, many))
    assert len(endpoint.requests) <= 8 + 2 * 4


def test_an_empty_list_of_choices_may_be_a_slip() -> None:
    losses = Losses()
    endpoint = FakeEndpoint(answers(EMPTY), says("Answer: 4"))
    assert ask(endpoint, losses=losses).text == "Answer: 4"
    assert losses.usage.prompt_tokens == 20


def test_an_endpoint_without_any_choices_is_an_outage() -> None:
    with pytest.raises(OutageError, match="an answer without choices"):
        ask(FakeEndpoint(then=answers(EMPTY)))


@pytest.mark.parametrize(
    "body",
    [
        {"error": "the model crashed"},
        {"object": "error", "message": "the model crashed", "code": 50001},
        {"detail": "the model crashed"},
    ],
)
def test_an_error_with_status_200_is_reported(body: dict[str, Any]) -> None:
    with pytest.raises(OutageError, match="it answers an error: the model crashed"):
        ask(FakeEndpoint(then=answers(body)))
    assert ask(FakeEndpoint(answers(body), says("Answer: 4"))).text == "Answer: 4"


def test_a_conversation_keeps_its_shape_in_control_requests() -> None:
    async def no_system(asking: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        fault = any(turn["role"] == "system" for turn in payload["messages"])
        return await (fails(400, "?") if fault else says())(asking, payload)

    turns = (Message("system", "Be brief."), Message("user", "cake"))
    endpoint = FakeEndpoint(then=no_system)
    assert ask(endpoint, Request(turns, 9)).text == "Answer: 4"
    assert "cake" not in str(endpoint.requests[1:-1])
