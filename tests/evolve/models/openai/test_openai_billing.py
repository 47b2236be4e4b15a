"""Booked usage is never below an answer's, however that counts reasoning."""

from typing import Any

import pytest
from pydantic import ValidationError

from evolve.models.openai import OpenAI
from evolve.models.openai.billing import Tokens, billed
from evolve.models.price import Price
from tests.evolve.models.openai.asking import Losses, ask, meet, request
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint, answers, completion, cuts


def usage(**fields: Any) -> dict[str, Any]:
    return {"prompt_tokens": 32, "completion_tokens": 3, **fields}


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (usage(), Tokens(32, 3)),
        (usage(total_tokens=35), Tokens(32, 3)),
        (usage(total_tokens=1035), Tokens(32, 1003)),
        (
            usage(total_tokens=1035, completion_tokens_details={"reasoning_tokens": 1000}),
            Tokens(32, 1003),
        ),
        (
            usage(completion_tokens=1003, completion_tokens_details={"reasoning_tokens": 1000}),
            Tokens(32, 1003),
        ),
        (usage(completion_tokens_details={"reasoning_tokens": 1000}), Tokens(32, 1003)),
        (
            usage(completion_tokens_details={"reasoning_tokens": 2, "audio_tokens": 2}),
            Tokens(32, 4),
        ),
        (usage(total_tokens=35, reasoning_tokens=70), Tokens(32, 73)),
        (usage(total_tokens=35, citation_tokens=900), Tokens(932, 3)),
        (usage(prompt_tokens_details={"cached_tokens": 30}), Tokens(32, 3, 30)),
        (usage(prompt_tokens_details={"cached_tokens": 40}), Tokens(72, 3, 40)),
        (usage(prompt_cache_hit_tokens=20, prompt_cache_miss_tokens=12), Tokens(32, 3, 20)),
        (usage(cache_read_input_tokens=500), Tokens(532, 3, 500)),
        (usage(cached_tokens=8), Tokens(32, 3, 8)),
        ({"input_tokens": 5, "output_tokens": 6}, Tokens(5, 6)),
        ({"prompt_tokens": 20, "total_tokens": 25}, Tokens(20, 5)),
        ({"completion_tokens": 5, "total_tokens": 25}, Tokens(20, 5)),
        (usage(total_tokens=-1, completion_tokens_details=None), Tokens(32, 3)),
        (usage(completion_tokens_details={"reasoning_tokens": True}), Tokens(32, 3)),
        ({"prompt_tokens": 0, "total_tokens": 900}, Tokens(None, 900)),
        ({"prompt_tokens": "32", "completion_tokens": "3", "total_tokens": "900"}, Tokens(32, 868)),
        ({}, Tokens(None, None)),
        ("many", Tokens(None, None)),
    ],
)
def test_tokens_are_those_that_the_usage_implies(usage: object, tokens: Tokens) -> None:
    assert billed(usage, least_completion=1) == tokens


HIDDEN = completion() | {"usage": usage(total_tokens=1035)}


def test_hidden_reasoning_is_booked_and_counted_as_an_overrun() -> None:
    reply = ask(FakeEndpoint(answers(HIDDEN)), request(max_tokens=64))
    model = OpenAI(model="fake", price=Price(prompt=1, completion=1))
    booked = model.usage(reply.measured(request(max_tokens=64)))
    assert (booked.tokens, booked.overrun, booked.usd) == (1035, 1003 - 64, 1035e-6)


def test_an_unanswered_call_is_booked_with_as_much_hidden_reasoning_as_was_seen() -> None:
    losses = Losses()
    ask(FakeEndpoint(cuts, answers(HIDDEN)), losses=losses)
    assert losses.usage.completion_tokens == 64

    async def twice(_: FakeEndpoint, model: OpenAI) -> None:
        model.charge(losses)
        await model.complete(request())
        await model.complete(request("again"))

    losses = Losses()
    meet(FakeEndpoint(answers(HIDDEN), cuts, then=answers(HIDDEN)), twice)
    assert losses.usage.completion_tokens == 1003


def test_cached_prompt_tokens_have_a_price_of_their_own() -> None:
    body = completion() | {"usage": usage(prompt_tokens_details={"cached_tokens": 30})}
    reply = ask(FakeEndpoint(answers(body)))
    for cached, usd in ((None, 32 + 6), (0.5, 2 + 15 + 6), (0, 2 + 6)):
        model = OpenAI(model="fake", price=Price(prompt=1, completion=2, cached=cached))
        booked = model.usage(reply)
        assert booked.cached_prompt_tokens == 30
        assert booked.usd == pytest.approx(usd / 1e6)
    assert (booked + booked).cached_prompt_tokens == 60


def test_a_price_of_cached_tokens_is_a_discount() -> None:
    with pytest.raises(ValidationError, match="`cached` must not exceed `prompt`"):
        Price(prompt=1, completion=1, cached=2)
