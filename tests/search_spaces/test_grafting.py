from random import Random

import pytest
from hypothesis import given

from search_spaces.config import Agent, Answer, Edge, Stop, SystemConfig
from search_spaces.edits import (
    AddAgent,
    AddEdge,
    Edit,
    RemoveAgent,
    SetAnswer,
    SetLabel,
    SetModel,
    SetParameter,
    SetPrompt,
    SetRounds,
    apply,
    diff,
)
from search_spaces.library import system
from search_spaces.operators import merge, transplant
from search_spaces.space import SearchSpace
from tests.strategies import examples, generators, search_spaces, system_configs

SPACE = SearchSpace(models=("large",))
BASE = system("critic_solver")


@pytest.mark.full
@examples(40)
@given(system_configs(), system_configs(), system_configs(), search_spaces(), generators)
def test_grafts_lead_to_other_configurations_of_the_space(
    a: SystemConfig, b: SystemConfig, ancestor: SystemConfig, space: SearchSpace, rng: Random
) -> None:
    a = space.project(a)
    for edits in (transplant(a, diff(ancestor, b), space, rng), merge(a, b, ancestor, space)):
        if edits is not None:
            child = apply(a, edits)
            assert space.check(child) == []
            assert child.id != a.id


def graft(target: SystemConfig, *edits: Edit) -> SystemConfig:
    return apply(target, transplant(target, edits, SPACE, Random(0)) or ())


def test_edits_that_fit_are_made_as_they_are() -> None:
    child = graft(
        BASE, SetPrompt(agent="solver", prompt="Guess."), SetLabel(name="x", description="")
    )
    assert child.agent("solver").prompt == "Guess."
    assert child.name == BASE.name


def test_a_similar_agent_replaces_a_missing_one() -> None:
    single = system("single")
    child = graft(
        single,
        SetPrompt(agent="expert", prompt="Be exact."),
        SetModel(agent="expert", model="large"),
    )
    assert child.agent("solver").prompt == "Be exact."
    assert child.agent("solver").model == "large"


def test_an_added_agent_whose_name_is_taken_comes_under_another() -> None:
    child = graft(
        BASE,
        AddAgent(agent=Agent(name="critic", role="second critic")),
        AddEdge(source="critic", target="solver", kind="message"),
    )
    assert child.agent("critic_2").role == "second critic"
    assert ("critic_2", "solver") in child.arrows("message")


def test_what_is_not_here_cannot_be_taken_away() -> None:
    single = system("single")
    assert transplant(single, [RemoveAgent(agent="critic")], SPACE, Random(0)) is None


def test_answers_and_rounds_keep_the_agents_that_are_here() -> None:
    child = graft(
        BASE,
        SetRounds(rounds=2, stop=Stop(rule="approved", by="nobody")),
        SetAnswer(answer=Answer(mode="vote", sources=("solver", "nobody"))),
    )
    assert (child.rounds, child.stop.rule) == (2, "never")
    assert child.answer == Answer(mode="vote", sources=("solver",))


def branch(*edits: Edit) -> SystemConfig:
    return apply(BASE, edits)


def test_two_branches_are_merged() -> None:
    one = branch(SetParameter(agent="solver", parameter="temperature", value=0.9))
    other = branch(
        SetPrompt(agent="critic", prompt="Be strict."), SetRounds(rounds=2, stop=BASE.stop)
    )
    merged = apply(one, merge(one, other, BASE, SPACE) or ())
    assert merged.agent("solver").temperature == 0.9
    assert merged.agent("critic").prompt == "Be strict."
    assert merged.rounds == 2


def test_where_branches_conflict_the_first_prevails() -> None:
    one = branch(SetPrompt(agent="critic", prompt="Be kind."))
    other = branch(SetPrompt(agent="critic", prompt="Be strict."))
    assert merge(one, other, BASE, SPACE) is None
    without = SystemConfig(agents=(BASE.agent("solver"),), answer=BASE.answer)
    merged = apply(one, merge(one, without, BASE, SPACE) or ())
    assert merged.agent("critic").prompt == "Be kind."


def test_agents_that_both_branches_added_are_both_kept() -> None:
    def with_helper(prompt: str) -> SystemConfig:
        helper = AddAgent(agent=Agent(name="planner", prompt=prompt))
        return branch(helper, AddEdge(source="planner", target="solver", kind="message"))

    one, other = with_helper("Plan."), with_helper("Plan twice.")
    merged = apply(one, merge(one, other, BASE, SPACE) or ())
    assert merged.agent("planner_2").prompt == "Plan twice."
    assert Edge(source="planner_2", target="solver") in merged.edges
    assert merge(one, one, BASE, SPACE) is None
