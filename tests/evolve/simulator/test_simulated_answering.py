"""Ability, difficulty, and effects of instructions. Shares are over 400 sums and 4 samples."""

import pytest

from tests.evolve.simulator.simulated_world import Sums, World

STEPS = "Think step by step."


def test_ability_and_difficulty_are_on_one_scale(world: World, sums: Sums) -> None:
    even = sums.accuracy(world.model(variety=0.0), sums.prompts())
    able = sums.accuracy(world.model({"ability": 1.0}, variety=0.0), sums.prompts())
    hard = sums.accuracy(world.model({"ability": 1.0}, variety=0.0, difficulty=1.0), sums.prompts())
    assert even == pytest.approx(0.5, abs=0.05)
    assert able == pytest.approx(0.84, abs=0.05)
    assert hard == pytest.approx(even, abs=0.02)


def test_skills_count_in_their_topic_alone(world: World, sums: Sums) -> None:
    skilled = {"skills": {"sums": 1.0}}
    assert sums.accuracy(world.model(skilled, topic="sums"), sums.prompts()) > 0.7
    assert sums.accuracy(world.model(skilled, topic="words"), sums.prompts()) < 0.6


def test_a_rewarded_instruction_helps_in_any_wording(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.0}, rewards={"verify": 0.8})
    plain = sums.accuracy(model, sums.prompts("Solve the task."))
    for wording in (
        "Verify each calculation.",
        "Before you finish, double-check every number.",
        "Go back and look for mistakes.",
        "Make sure that the result is right.",
    ):
        assert sums.accuracy(model, sums.prompts(wording)) > plain + 0.1


def test_an_instruction_may_cost(world: World, sums: Sums) -> None:
    model = world.model(rewards={"restate": -0.8})
    plain = sums.accuracy(model, sums.prompts())
    assert sums.accuracy(model, sums.prompts("Restate the question.")) < plain - 0.1


def test_gains_saturate(world: World, sums: Sums) -> None:
    def gain(rewards: dict[str, float]) -> float:
        model = world.model({"thinking": 0.0}, rewards=rewards)
        return sums.accuracy(model, sums.prompts("Plan. Verify. Restate the question."))

    one, all_three = gain({"plan": 0.7}), gain({"plan": 0.7, "verify": 0.7, "restate": 0.7})
    assert 0 < all_three - one < one - gain({})


def test_thinking_helps_with_diminishing_returns(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.6})
    low, middle, high = (
        sums.accuracy(model, sums.prompts(STEPS), effort=effort) for effort in ("low", None, "high")
    )
    assert sums.accuracy(model, sums.prompts()) < middle
    assert low < middle < high


def test_max_tokens_limits_thinking_and_text(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.6, "tokens": 60})
    tight = sums.replies(model, sums.prompts(STEPS), max_tokens=30)
    assert all(reply.completion_tokens <= 30 for reply in tight)
    assert sum(reply.truncated for reply in tight) > 350
    assert not any("Answer:" in reply.text for reply in tight if reply.truncated)


def test_contradictory_prompts_hurt(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.0})
    clear = sums.accuracy(model, sums.prompts("Be brief."))
    assert sums.accuracy(model, sums.prompts("Be brief. Explain in full detail.")) < clear - 0.05
    hasty = "Answer at once. Check everything before you answer."
    assert sums.accuracy(model, sums.prompts(hasty)) < clear - 0.05


def test_bloated_prompts_hurt(world: World, sums: Sums) -> None:
    model = world.model({"window": 100_000})
    bloated = "The weather was fine and nobody had anything else in mind. " * 100
    assert sums.accuracy(model, sums.prompts(bloated)) < sums.accuracy(model, sums.prompts()) - 0.1


def test_too_many_procedures_dilute(world: World, sums: Sums) -> None:
    prompt = "Plan. Verify. Restate the question. Eliminate cases. Make a table. Spell words."
    narrow = world.model({"thinking": 0.0, "attention": 1})
    wide = world.model({"thinking": 0.0, "attention": 9})
    assert (
        sums.accuracy(narrow, sums.prompts(prompt))
        < sums.accuracy(wide, sums.prompts(prompt)) - 0.05
    )


def test_prompts_beyond_the_window_hurt(world: World, sums: Sums) -> None:
    heard = sums.prompts(heard=lambda truth: ["Nothing to report today. " * 40] * 5)
    narrow, wide = world.model({"window": 100}), world.model({"window": 10_000})
    assert sums.accuracy(narrow, heard) < sums.accuracy(wide, heard) - 0.1


def test_fitting_roles_help_and_others_distract(world: World, sums: Sums) -> None:
    model = world.model(roles={"arithmetic": 0.6})
    plain = sums.accuracy(model, sums.prompts())
    assert sums.accuracy(model, sums.prompts(role="careful mathematician")) > plain + 0.1
    assert sums.accuracy(model, sums.prompts(role="linguist")) < plain


def test_right_demonstrations_help_and_wrong_ones_do_not(world: World, sums: Sums) -> None:
    model = world.model(demonstrations=0.8)
    questions = [
        ("What is 1000 plus 0, less 0?", "1000"),
        ("What is 1037 plus 11, less 1?", "1047"),
    ]
    plain = sums.accuracy(model, sums.prompts())

    def with_examples(answers: list[str]) -> float:
        shown = [
            {"question": question, "answer": f"Answer: {answer}"}
            for (question, _), answer in zip(questions, answers, strict=True)
        ]
        return sums.accuracy(model, sums.prompts(demonstrations=shown))

    right, wrong = with_examples(["1000", "1047"]), with_examples(["1", "2"])
    assert right > plain + 0.05
    assert wrong < plain


def test_temperatures_above_1_hurt(world: World, sums: Sums) -> None:
    model = world.model({"ability": 0.5})
    assert sums.accuracy(model, sums.prompts(), temperature=2.0) < sums.accuracy(
        model, sums.prompts(), temperature=1.0
    )
