"""Effects of other agents' messages: fidelity, conformity, amplification, division, advice."""

import pytest

from tests.evolve.simulator.simulated_world import Sums, World


def test_right_peers_help_and_wrong_ones_harm(world: World, sums: Sums) -> None:
    model = world.model()
    alone = sums.accuracy(model, sums.prompts())
    right = sums.prompts(heard=lambda truth: [sums.worked(truth)] * 2)
    wrong = sums.prompts(heard=lambda truth: [sums.worked(sums.off(truth))] * 2)
    assert sums.accuracy(model, right) > alone + 0.1
    assert sums.accuracy(model, wrong) < alone - 0.1


def test_conformity_rules_how_far(world: World, sums: Sums) -> None:
    wrong = sums.prompts(heard=lambda truth: [sums.worked(sums.off(truth))] * 2)
    stubborn, pliant = world.model({"conformity": 0.1}), world.model({"conformity": 0.9})
    assert sums.accuracy(stubborn, wrong) > sums.accuracy(pliant, wrong) + 0.1


def test_long_messages_help_more_than_bare_answers(world: World, sums: Sums) -> None:
    model = world.model()
    bare = sums.prompts(heard=lambda truth: [f"Answer: {truth}"] * 2)
    long = sums.prompts(heard=lambda truth: [sums.worked(truth)] * 2)
    assert sums.accuracy(model, long) > sums.accuracy(model, bare) + 0.05


def test_errors_travel_less_where_they_are_checked(world: World, sums: Sums) -> None:
    model = world.model({"catch": 0.8, "thinking": 0.0})
    wrong = lambda truth: [sums.worked(sums.off(truth))] * 2  # noqa: E731
    unchecked = sums.accuracy(model, sums.prompts("Solve it.", heard=wrong))
    checked = sums.accuracy(model, sums.prompts("Verify what you are told.", heard=wrong))
    assert checked > unchecked + 0.05


def test_combining_relies_on_others_and_independence_does_not(world: World, sums: Sums) -> None:
    model = world.model({"thinking": 0.0, "catch": 0.01, "false_alarm": 0.01, "conformity": 0.6})
    heard = lambda truth: [sums.worked(sums.off(truth))]  # noqa: E731
    plain, combining = (
        sums.answers(model, sums.prompts(prompt, heard=heard))
        for prompt in ("", "Combine the contributions.")
    )
    truths = [truth for _, truth in sums.prompts()]

    def followed(given: list[str]) -> int:
        return sum(answer == sums.off(truth) for answer, truth in zip(given, truths, strict=True))

    assert followed(combining) > followed(plain) + 100


@pytest.mark.full
def test_kinds_of_tasks_divide_differently(world: World, sums: Sums) -> None:
    heard = sums.prompts(heard=lambda truth: [sums.worked(truth), sums.worked(sums.off(truth))] * 2)

    def share(kind: str) -> float:
        model = world.model({"conformity": 0.0, "trust": 0.0}, kind=kind, division=0.4, echo=0.0)
        return sums.accuracy(model, heard)

    assert share("sequential") < share("plain") - 0.1
    assert share("parallel") > share("plain") + 0.1
    assert share("tools") < share("sequential")


def test_coordination_costs_tokens_in_tool_heavy_domains(world: World, sums: Sums) -> None:
    heard = sums.prompts(heard=lambda truth: [sums.worked(truth)] * 4)
    plain, tools = (
        sum(r.completion_tokens for r in sums.replies(world.model(kind=kind), heard))
        for kind in ("plain", "tools")
    )
    assert tools > 1.5 * plain


def test_echo_amplifies_what_is_believed(world: World, sums: Sums) -> None:
    wrong = sums.prompts(heard=lambda truth: [sums.worked(sums.off(truth))])
    quiet, loud = (
        world.model({"conformity": 0.0, "catch": 0.01}, echo=echo) for echo in (0.0, 0.8)
    )
    assert sums.accuracy(loud, wrong) < sums.accuracy(quiet, wrong) - 0.1


def test_advice_acts_as_an_instruction_would(world: World, sums: Sums) -> None:
    model = world.model({"fidelity": 1.0}, rewards={"plan": 0.8})
    advice = "Split the task into parts, and settle one after the other before you go on."
    advised = sums.accuracy(model, sums.prompts(heard=lambda truth: [advice]))
    assert advised > sums.accuracy(model, sums.prompts()) + 0.05


def test_an_agent_instructed_not_to_solve_only_advises(world: World, sums: Sums) -> None:
    request = sums.prompts("Do not solve the task. Write a short plan for solving it.")
    outputs = [reply.text for reply in sums.replies(world.model(), request)]
    assert not any("Answer:" in text for text in outputs)
    assert any("into parts" in text for text in outputs)
