"""The conversation with the meta-agent: repairs, refusals, truncated replies, and cost."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from evolve.meta.assignments import assign
from evolve.meta.designing import Designed, RequestOptions, design, worst_case
from evolve.models.base import Reply, Request
from evolve.models.openai.payload import prompt_bound
from tests.evolve.meta.meta_stage import SPACE, edits, models, prompt_of, seen

GOOD = edits(prompt_of("Solve it.\nRead twice."))
BAD = edits(prompt_of("x", agent="boss"))


def designed(
    respond: Callable[[Request], str | Reply], repairs: int = 2
) -> tuple[Designed, list[Request]]:
    requests: list[Request] = []

    def record(request: Request) -> str | Reply:
        requests.append(request)
        return respond(request)

    view, catalogue = seen(), models(record)
    assignment = assign(
        "edits",
        view,
        catalogue,
        view.candidates[0],
        None,
        Random(1),
        failures=2,
        prompt_bytes=12_000,
    )
    options = RequestOptions("meta", None, 500, repairs)
    return asyncio.run(design(assignment, catalogue, options, sample=7)), requests


def test_a_valid_proposal_takes_one_call() -> None:
    found, requests = designed(lambda request: GOOD)
    assert found.child is not None
    assert (found.invalid, found.problem, len(found.steps)) == (0, "", 1)
    assert [prompt.name for prompt in found.prompts] == ["system", "edits"]
    assert (requests[0].sample, requests[0].max_tokens) == (7, 500)
    assert requests[0].schema
    step = found.steps[0]
    assert (step.agent, step.model, step.text) == ("meta", "meta", GOOD)


@pytest.mark.parametrize("bad", [1, 2])
def test_an_invalid_proposal_is_repaired_with_the_message(bad: int) -> None:
    replies = iter([BAD] * bad + [GOOD])
    found, requests = designed(lambda request: next(replies))
    assert found.child is not None
    assert (found.invalid, len(found.steps)) == (bad, bad + 1)
    assert [prompt.name for prompt in found.prompts] == ["system", "edits", "repair"]
    last = requests[-1].messages
    assert [message.role for message in last] == ["system", "user"] + ["assistant", "user"] * bad
    assert last[-2].content == BAD
    assert "there is no agent 'boss'" in last[-1].content


@pytest.mark.parametrize("repairs", [0, 1, 2])
def test_repairs_end(repairs: int) -> None:
    found, requests = designed(lambda request: BAD, repairs)
    assert found.child is None
    assert found.invalid == len(requests) == 1 + repairs
    assert "no agent 'boss'" in found.problem
    assert ("repair" in [prompt.name for prompt in found.prompts]) == (repairs > 0)


@pytest.mark.parametrize(
    ("reply", "expected_message"),
    [
        (Reply("", 10, 1, 0.0), "no reply"),
        (Reply("", 10, 0, 0.0, refusal="I may\x1b not"), "the model refused: I may· not"),
        (Reply(GOOD[:40], 10, 500, 0.0, truncated=True), "cut off after 500 tokens; be shorter"),
        (Reply("\ud800" * 50, 10, 500, 0.0), "no valid JSON"),
        (Reply("{" * 10_000_000, 10, 500, 0.0), "10,000,000 characters"),
    ],
)
def test_reasons_of_failure_are_short(reply: Reply, expected_message: str) -> None:
    found, requests = designed(lambda request: reply)
    assert found.child is None
    assert expected_message in found.problem
    assert all(len(step.text.encode()) <= 500 * 6 for step in found.steps)
    for message in requests[-1].messages[2:]:
        assert 0 < len(message.content.encode()) <= 6_000


def test_a_truncated_reply_that_is_whole_all_the_same_holds() -> None:
    assert designed(lambda request: Reply(GOOD, 10, 500, 0.0, truncated=True))[0].child is not None


def test_no_conversation_takes_more_than_the_worst_case() -> None:
    def maximal(request: Request) -> Reply:
        return Reply("é" * 100_000, prompt_bound(request), request.max_tokens, 0.0)

    for repairs in (0, 1, 2):
        found, _ = designed(maximal, repairs)
        options = RequestOptions("meta", None, 500, repairs)
        worst = worst_case(SPACE, models(), options, 12_000)
        took = [step.usage for step in found.steps]
        assert len(took) == worst.calls == 1 + repairs
        assert sum(usage.prompt_tokens for usage in took) <= worst.prompt_tokens
        assert sum(usage.completion_tokens for usage in took) <= worst.completion_tokens
        assert worst.usd is not None
        assert sum(usage.usd or 0 for usage in took) <= worst.usd
