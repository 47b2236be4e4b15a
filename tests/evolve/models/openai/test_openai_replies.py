"""Parsing of replies in all forms of endpoints."""

from typing import Any

import pytest

from evolve.models.base import Message, Request
from evolve.models.openai import OpenAI
from evolve.models.openai.payload import prompt_bound
from evolve.models.price import Price
from tests.evolve.models.openai.asking import ask, request
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint, answers, completion, says, sends


def test_a_reply_has_text_tokens_and_latency() -> None:
    reply = ask(FakeEndpoint(says("The answer is 4.")))
    assert reply.text == "The answer is 4."
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 7)
    assert reply.latency_s > 0
    assert (reply.truncated, reply.refusal, reply.estimated) == (False, "", False)


def test_all_parameters_are_sent() -> None:
    endpoint = FakeEndpoint()
    wanted = Request(
        (Message("system", "Be brief."), Message("user", "Grüße \ud800?")),
        max_tokens=9,
        temperature=0.3,
        top_p=0.9,
        effort="low",
    )
    ask(endpoint, wanted, extra={"seed": 5})
    assert endpoint.requests == [
        {
            "model": "fake",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Grüße ??"},
            ],
            "max_tokens": 9,
            "temperature": 0.3,
            "top_p": 0.9,
            "reasoning_effort": "low",
            "seed": 5,
        }
    ]


def choice(**changes: Any) -> dict[str, Any]:
    body = completion()
    body["choices"][0].update(changes)
    return body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (completion("<think>2 and 2…</think>\nAnswer: 4"), "Answer: 4"),
        (completion("I <think> so"), "I <think> so"),
        (completion("Answer: 4", reasoning_content="2 and 2…"), "Answer: 4"),
        (completion([{"type": "thinking"}, {"type": "text", "text": "4"}]), "4"),  # type: ignore[arg-type]
    ],
)
def test_thoughts_are_no_part_of_the_text(body: dict[str, Any], text: str) -> None:
    assert ask(FakeEndpoint(answers(body))).text == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (["Answer: ", {"type": "text", "text": "4"}], "Answer: 4"),
        ({"type": "text", "text": "4"}, "4"),
        ({"answer": 4}, '{"answer": 4}'),
        (4, "4"),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "Answer: 4"}]}], "Answer: 4"),
    ],
)
def test_contents_that_are_no_text_are_read(content: Any, text: str) -> None:
    assert ask(FakeEndpoint(answers(completion(content)))).text == text


def test_a_completion_of_the_older_format_is_read() -> None:
    body = {**completion(), "choices": [{"index": 0, "text": "4", "finish_reason": "stop"}]}
    assert ask(FakeEndpoint(answers(body))).text == "4"


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS", "model_length"])
def test_a_reply_at_the_limit_is_truncated_and_not_repeated(reason: str) -> None:
    endpoint = FakeEndpoint(
        answers(choice(finish_reason=reason, message={"content": None, "reasoning": "Hm"}))
    )
    reply = ask(endpoint)
    assert reply.truncated
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (completion(None, refusal="I will not."), "I will not."),
        (choice(finish_reason="content_filter", message={"content": ""}), "a content filter"),
        (choice(finish_reason="SAFETY", message={"content": ""}), "SAFETY"),
        (choice(finish_reason="sensitive", message={"content": None}), "sensitive"),
        (
            choice(error={"code": 403, "message": "flagged"}, message={"content": ""}),
            "a content filter stopped the conversation: it answers an error: flagged",
        ),
    ],
)
def test_a_refusal_is_the_models_doing(body: dict[str, Any], why: str) -> None:
    endpoint = FakeEndpoint(answers(body))
    assert ask(endpoint).refusal == why
    assert len(endpoint.requests) == 1


def test_an_error_in_a_choice_is_no_empty_reply() -> None:
    failed = choice(error={"code": 502, "message": "lost"}, finish_reason="error")
    assert ask(FakeEndpoint(answers(failed), says("Answer: 4"))).text == "Answer: 4"


@pytest.mark.parametrize(
    "usage",
    [None, {}, "many", {"prompt_tokens": None, "completion_tokens": -1}, {"prompt_tokens": 0}],
)
def test_unreported_tokens_are_bounded_by_bytes(usage: object) -> None:
    body = completion("Answer: 4")
    body["usage"] = usage
    wanted = request("Wie groß?" * 100, max_tokens=50)
    reply = ask(FakeEndpoint(answers(body)), wanted)
    assert reply.estimated
    assert reply.prompt_tokens == prompt_bound(wanted) >= 1000
    assert reply.completion_tokens == 50
    model = OpenAI(model="fake", price=Price(prompt=1, completion=2))
    assert model.usage(reply).estimated == 1
    assert model.usage(reply).usd == (reply.prompt_tokens + 2 * 50) / 1e6


def test_json_with_another_content_type_is_read() -> None:
    import json

    reply = ask(FakeEndpoint(sends(json.dumps(completion("ok")), content_type="text/plain")))
    assert reply.text == "ok"


def test_an_unknown_price_is_unknown() -> None:
    model = OpenAI(model="fake")
    assert model.usage(ask(FakeEndpoint())).usd is None


@pytest.mark.parametrize(
    ("details", "cached"),
    [({"cached_tokens": 9}, 9), ({"cached_tokens": 99}, 99), ({"cached_tokens": "x"}, 0), (3, 0)],
)
def test_prompt_tokens_that_were_processed_before_are_booked(details: object, cached: int) -> None:
    body = completion("4")
    body["usage"]["prompt_tokens_details"] = details
    reply = ask(FakeEndpoint(answers(body)))
    usage = OpenAI(model="fake").usage(reply)
    assert (reply.cached_prompt_tokens, usage.cached_prompt_tokens) == (cached, cached)
    assert (usage + usage).cached_prompt_tokens == 2 * cached
