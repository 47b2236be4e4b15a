"""What a reply says, whatever form the endpoint gives it."""

from typing import Any

import pytest
from asking import ask, request
from fake_endpoint import FakeEndpoint, answers, completion, says, sends

from evolve.models.base import Message, Price, Request
from evolve.models.openai import OpenAI
from evolve.models.openai.payload import prompt_bound


def test_a_reply_has_text_tokens_and_latency() -> None:
    reply = ask(FakeEndpoint(says("The answer is 4.")))
    assert reply.text == "The answer is 4."
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 7)
    assert reply.latency_s > 0
    assert (reply.truncated, reply.refusal, reply.estimated) == (False, "", False)


def test_everything_asked_for_is_sent() -> None:
    endpoint = FakeEndpoint()
    asked = Request(
        (Message("system", "Be brief."), Message("user", "Grüße \ud800?")),
        max_tokens=9,
        temperature=0.3,
        top_p=0.9,
        effort="low",
    )
    ask(endpoint, asked, extra={"seed": 5})
    assert endpoint.asked == [
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


def test_what_the_limit_cut_off_is_truncated_and_not_asked_for_again() -> None:
    endpoint = FakeEndpoint(
        answers(choice(finish_reason="length", message={"content": None, "reasoning": "Hm"}))
    )
    reply = ask(endpoint)
    assert reply.truncated
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (completion(None, refusal="I will not."), "I will not."),
        (choice(finish_reason="content_filter", message={"content": ""}), "a content filter"),
    ],
)
def test_a_refusal_is_the_models_doing(body: dict[str, Any], why: str) -> None:
    reply = ask(FakeEndpoint(answers(body)))
    assert reply.refusal == why


@pytest.mark.parametrize(
    "usage",
    [None, {}, "many", {"prompt_tokens": None, "completion_tokens": -1}, {"prompt_tokens": 0}],
)
def test_tokens_that_are_not_told_are_bounded_by_bytes(usage: object) -> None:
    body = completion("Answer: 4")
    body["usage"] = usage
    asked = request("Wie groß?" * 100, max_tokens=50)
    reply = ask(FakeEndpoint(answers(body)), asked)
    assert reply.estimated
    assert reply.prompt_tokens == prompt_bound(asked) >= 1000
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
