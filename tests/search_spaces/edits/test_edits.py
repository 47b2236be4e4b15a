import pytest
from hypothesis import given

from search_spaces.config import Agent, Answer, Demonstration, Edge, Stop, SystemConfig
from search_spaces.edits import (
    EDITS,
    AddAgent,
    AddEdge,
    Edit,
    RemoveAgent,
    RemoveEdge,
    SetAnswer,
    SetDemonstrations,
    SetLabel,
    SetModel,
    SetParameter,
    SetPrompt,
    SetRole,
    SetRounds,
    apply,
    diff,
)
from search_spaces.errors import EditError
from tests.strategies import examples, system_configs

PAIR = SystemConfig(
    name="pair",
    agents=(Agent(name="a", temperature=0.5), Agent(name="b", samples=3)),
    edges=(Edge(source="a", target="b"),),
)


@examples(100)
@given(system_configs(), system_configs())
def test_the_difference_of_two_configurations_turns_one_into_the_other(
    before: SystemConfig, after: SystemConfig
) -> None:
    edits = diff(before, after)
    assert apply(before, edits) == after
    assert apply(after, diff(after, before)) == before
    assert EDITS.validate_json(EDITS.dump_json(edits)) == edits
    assert (edits == ()) == (before == after)


def test_a_difference_is_as_small_as_it_should_be() -> None:
    after = apply(PAIR, [SetParameter(agent="a", parameter="temperature", value=0.7)])
    assert diff(PAIR, after) == (SetParameter(agent="a", parameter="temperature", value=0.7),)
    less = SystemConfig(name="pair", agents=(PAIR.agent("b"),))
    assert diff(PAIR, less) == (RemoveAgent(agent="a"),)


def test_edits_may_pass_through_states_that_do_not_work() -> None:
    edits: list[Edit] = [
        AddAgent(agent=Agent(name="c")),
        AddEdge(source="c", target="b", kind="feedback"),
        SetRounds(rounds=2, stop=Stop(rule="approved", by="c")),
        AddEdge(source="b", target="c", kind="message"),
        SetAnswer(answer=Answer(sources=("b",))),
        SetRole(agent="c", role="critic"),
        SetPrompt(agent="c", prompt="Criticise."),
        SetModel(agent="c", model="large"),
        SetDemonstrations(agent="c", demonstrations=(Demonstration(question="q", answer="a"),)),
        SetLabel(name="loop", description="with a critic"),
        RemoveAgent(agent="a"),
    ]
    after = apply(PAIR, edits)
    assert after.agent("c") == Agent(
        name="c",
        role="critic",
        prompt="Criticise.",
        model="large",
        demonstrations=(Demonstration(question="q", answer="a"),),
    )
    assert (after.rounds, after.stop.by, after.name) == (2, "c", "loop")
    assert after.arrows("message") == [("b", "c")]


def test_none_sets_a_parameter_back() -> None:
    edits = [
        SetParameter(agent="b", parameter="samples", value=None),
        SetParameter(agent="a", parameter="temperature", value=None),
    ]
    after = apply(PAIR, edits)
    assert after.agent("b").samples == 1
    assert after.agent("a").temperature is None


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (AddAgent(agent=Agent(name="a")), "edit 1 (add_agent): there is already an agent 'a'"),
        (RemoveAgent(agent="z"), "edit 1 (remove_agent): there is no agent 'z', only a, b"),
        (SetRole(agent="z", role="x"), "edit 1 (set_role): there is no agent 'z', only a, b"),
        (
            AddEdge(source="a", target="z", kind="message"),
            "edit 1 (add_edge): there is no agent 'z', only a, b",
        ),
        (
            AddEdge(source="a", target="b", kind="message"),
            "edit 1 (add_edge): there is already a message edge a → b",
        ),
        (
            RemoveEdge(source="b", target="a", kind="feedback"),
            "edit 1 (remove_edge): there is no feedback edge b → a",
        ),
        (
            SetParameter(agent="a", parameter="samples", value=2.5),
            "edit 1 (set_parameter): its value: samples: Input should be a valid integer",
        ),
        (
            SetParameter(agent="a", parameter="temperature", value=3),
            "edit 1 (set_parameter): its value: temperature: Input should be less than or equal",
        ),
        (
            RemoveEdge(source="a", target="b", kind="message"),
            "the configuration after the edits: answer mode 'last' takes one source and there",
        ),
    ],
)
def test_an_edit_that_does_not_fit_is_explained(edit: Edit, expected: str) -> None:
    with pytest.raises(EditError) as caught:
        apply(PAIR, [edit])
    assert str(caught.value).startswith(expected)
