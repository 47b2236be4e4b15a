"""Tokens, latency, prices, refusals and malformed replies."""

from math import log
from statistics import correlation, median, quantiles, stdev
from typing import Any

import pytest

from evolve.models.base import Reply
from evolve.simulator.simulated import Simulated
from tests.evolve.simulator.simulated_world import Sums, World


def many(
    sums: Sums, model: Simulated, prompt: str = "", samples: int = 12, **request: Any
) -> list[Reply]:
    conversations = sums.prompts(prompt)
    return [
        reply
        for sample in range(samples)
        for reply in sums.replies(model, conversations, sample=sample, **request)
    ]


def test_latency_is_spread_as_measured(world: World, sums: Sums) -> None:
    replies = many(sums, world.model({"tokens": 200.0, "latency_s": 1.0}))
    seconds = [reply.latency_s for reply in replies]
    logs = [log(value) for value in seconds]
    assert stdev(logs) == pytest.approx(0.54, abs=0.06)
    tail = quantiles(seconds, n=100)[98] / median(seconds)
    assert 4.0 < tail < 5.8
    tokens = [log(reply.completion_tokens) for reply in replies]
    assert correlation(tokens, logs) == pytest.approx(0.85, abs=0.05)


@pytest.mark.full
def test_instructions_and_effort_change_the_length(world: World, sums: Sums) -> None:
    def length(prompt: str, **request: Any) -> float:
        replies = many(sums, world.model(), prompt, samples=2, **request)
        return median(reply.completion_tokens for reply in replies)

    plain, steps = length(""), length("Think step by step.")
    assert length("Be concise.") < plain < steps
    assert length("Think step by step. Be concise.") < steps
    assert length("", effort="low") < plain < length("", effort="high")


def test_tokens_never_exceed_what_bounds_them(world: World, sums: Sums) -> None:
    for reply, (messages, _) in zip(
        sums.replies(world.model(), sums.prompts("Plan."), max_tokens=40),
        sums.prompts("Plan."),
        strict=True,
    ):
        assert 1 <= reply.completion_tokens <= 40
        assert reply.prompt_tokens <= sum(len(m.content.encode()) for m in messages)
        assert len(reply.text) <= 4 * 40


def test_refusals_and_malformed_replies_come_at_their_rates(world: World, sums: Sums) -> None:
    model = world.model({"refusals": 0.05, "malformed": 0.1})
    replies = many(sums, model, samples=3)
    refused = [reply for reply in replies if reply.refusal]
    assert all(reply.text == "" for reply in refused)
    assert len(refused) / len(replies) == pytest.approx(0.05, abs=0.02)
    spoiled = [reply for reply in replies if not reply.refusal and "Answer:" not in reply.text]
    assert len(spoiled) / len(replies) == pytest.approx(0.1, abs=0.03)


def test_format_instructions_reduce_malformed_replies(world: World, sums: Sums) -> None:
    model = world.model({"malformed": 0.2})

    def spoiled(prompt: str) -> int:
        return sum("Answer:" not in reply.text for reply in many(sums, model, prompt, samples=2))

    assert spoiled("Keep exactly to the required format.") < spoiled("") * 0.7


def test_a_reply_costs_the_profile_price(world: World, sums: Sums) -> None:
    model = world.model({"price": {"prompt": 1.0, "completion": 3.0}})
    reply = sums.replies(model, sums.prompts()[:1])[0]
    expected = (reply.prompt_tokens + 3 * reply.completion_tokens) / 1e6
    assert model.usage(reply).usd == pytest.approx(expected)
