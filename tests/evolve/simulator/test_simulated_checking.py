"""Critics and judges. ``catch`` and ``false_alarm`` are met; models that err check badly."""

from collections.abc import Callable
from typing import Any

import pytest

from evolve.runtime.messages import VERDICT
from evolve.simulator.simulated import Simulated
from tests.evolve.simulator.simulated_world import Sums, World


def flagged(sums: Sums, model: Simulated, answer: Callable[[str], str], **agent: Any) -> float:
    """The share of reviews that send an answer back."""
    conversations = sums.prompts(
        heard=lambda truth: [sums.worked(answer(truth))], closing=VERDICT, **agent
    )
    given = sums.verdicts(model, conversations)
    assert set(given) <= {"approved", "revise"}
    return given.count("revise") / len(given)


def test_critics_catch_and_suspect_at_the_profiles_rates(world: World, sums: Sums) -> None:
    model = world.model({"catch": 0.6, "false_alarm": 0.15})
    assert flagged(sums, model, sums.off) == pytest.approx(0.6, abs=0.08)
    assert flagged(sums, model, lambda truth: truth) == pytest.approx(0.15, abs=0.06)


def test_a_critics_role_and_a_checkable_domain_help(world: World, sums: Sums) -> None:
    model, checkable = world.model({"catch": 0.5}), world.model({"catch": 0.5}, checkable=0.7)
    plain = flagged(sums, model, sums.off)
    assert flagged(sums, model, sums.off, role="strict critic") > plain
    assert flagged(sums, checkable, sums.off) > plain + 0.1


def test_a_model_finds_its_own_errors_less_often_than_another_family(
    world: World, sums: Sums
) -> None:
    shares = {"family": 0.4, "model": 0.3, "approach": 0.05}
    oak = world.model({"shares": shares, "catch": 0.5})
    elm = world.model({"shares": shares, "catch": 0.5, "family": "elm"})
    given = dict(
        zip((t for _, t in sums.prompts()), sums.answers(oak, sums.prompts()), strict=True)
    )
    wrong = {truth for truth, answer in given.items() if answer != truth}

    def caught(critic: Simulated) -> float:
        reviews = sums.prompts(heard=lambda truth: [sums.worked(given[truth])], closing=VERDICT)
        reviews = [(messages, truth) for messages, truth in reviews if truth in wrong]
        verdicts = sums.verdicts(critic, reviews)
        return verdicts.count("revise") / len(verdicts)

    assert caught(elm) > caught(oak) + 0.05


def test_work_without_an_answer_is_sent_back(world: World, sums: Sums) -> None:
    reviews = sums.prompts(heard=lambda truth: ["I am not sure yet."], closing=VERDICT)
    assert set(sums.verdicts(world.model(), reviews)) == {"revise"}


def test_criticism_of_wrong_work_helps_to_mend_it(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.0})

    def mended(verdict: str) -> float:
        return sums.accuracy(
            model,
            sums.prompts(
                previous=lambda truth: sums.worked(sums.off(truth)),
                heard=lambda truth: [f"I went through all of it.\nVerdict: {verdict}"],
            ),
        )

    assert mended("revise") > mended("approved") + 0.1


def test_judges_beat_votes_and_are_not_perfect(world: World, sums: Sums) -> None:
    """One of three candidates is right, and the two others agree on a wrong answer."""
    model = world.model({"catch": 0.75, "false_alarm": 0.08, "ability": 0.5})
    wrong = lambda truth: sums.worked(sums.off(truth))  # noqa: E731
    conversations = sums.choosing(lambda truth: [wrong(truth), sums.worked(truth), wrong(truth)])
    chosen = sums.answers(model, conversations)
    assert set(chosen) <= {"1", "2", "3"}
    assert 0.4 < chosen.count("2") / len(chosen) < 0.95


def test_a_judge_prefers_a_candidate_that_answers(world: World, sums: Sums) -> None:
    conversations = sums.choosing(lambda truth: ["I do not know.", sums.worked(truth)])
    assert set(sums.answers(world.model(), conversations)) == {"2"}


def test_a_judge_of_nothing_still_names_a_candidate(world: World, sums: Sums) -> None:
    conversations = sums.choosing(lambda truth: ["", "I do not know."])
    assert set(sums.answers(world.model(), conversations)) <= {"1", "2"}
