from typing import get_args

import pytest
from hypothesis import given

from search_spaces.config import Agent, Answer, Delegation, Demonstration, Edge, Stop, SystemConfig
from search_spaces.describe import answer_in_words, describe, shown, stop_in_words
from search_spaces.edits import (
    AddAgent,
    AddEdge,
    AddTool,
    Edit,
    RemoveAgent,
    RemoveEdge,
    RemoveTool,
    SetAnswer,
    SetDelegation,
    SetDemonstrations,
    SetLabel,
    SetModel,
    SetParameter,
    SetPrompt,
    SetRole,
    SetRounds,
    SetRoute,
    diff,
)
from tests.strategies import MODES, examples, system_configs

PAIR = SystemConfig(
    name="pair",
    agents=(
        Agent(name="solver", role="solver", prompt="Solve.\nBe brief.", temperature=0.2),
        Agent(name="critic", model="large"),
    ),
    edges=(
        Edge(source="solver", target="critic"),
        Edge(source="critic", target="solver", kind="feedback"),
    ),
    rounds=2,
    answer=Answer(sources=("solver",)),
)
EXAMPLE = (Demonstration(question="q", answer="a"),)
WORDS: dict[str, Edit] = {
    "+ judge": AddAgent(agent=Agent(name="judge", role="judge")),
    "+ first (debater)": AddAgent(agent=Agent(name="first", role="debater")),
    "− critic": RemoveAgent(agent="critic"),
    "solver: role 'solver' → 'expert in logic'": SetRole(agent="solver", role="expert in logic"),
    "critic: role — → 'critic'": SetRole(agent="critic", role="critic"),
    "solver: prompt − 'Be brief.', + 'Check each step.'": SetPrompt(
        agent="solver", prompt="Solve.\nCheck each step."
    ),
    "critic: prompt + 'Criticise.'": SetPrompt(agent="critic", prompt="Criticise."),
    "solver: prompt in another order": SetPrompt(agent="solver", prompt="Be brief.\nSolve."),
    "solver: model default → large": SetModel(agent="solver", model="large"),
    "critic: model large → default": SetModel(agent="critic", model=None),
    "solver: temperature 0.2 → 0.7": SetParameter(
        agent="solver", parameter="temperature", value=0.7
    ),
    "critic: temperature default → 0.7": SetParameter(
        agent="critic", parameter="temperature", value=0.7
    ),
    "critic: samples 1 → 3": SetParameter(agent="critic", parameter="samples", value=3),
    "critic: effort default → high": SetParameter(agent="critic", parameter="effort", value="high"),
    "critic: max_tokens default → 1234567": SetParameter(
        agent="critic", parameter="max_tokens", value=1234567
    ),
    "solver: demonstrations 0 → 1": SetDemonstrations(agent="solver", demonstrations=EXAMPLE),
    "critic: + tool python": AddTool(agent="critic", tool="python"),
    "solver: − tool python": RemoveTool(agent="solver", tool="python"),
    "+ critic → solver": AddEdge(source="critic", target="solver", kind="message"),
    "+ solver → solver feedback": AddEdge(source="solver", target="solver", kind="feedback"),
    "+ solver → critic delegate": AddEdge(source="solver", target="critic", kind="delegate"),
    "+ solver → critic route if the task has 'a' or 'b' or 1 more": AddEdge(
        source="solver", target="critic", kind="route", when="task: c, b, a"
    ),
    "solver ⇢ critic: if it chooses so → if it says 'yes'": SetRoute(
        source="solver", target="critic", when="output: yes"
    ),
    "solver ⇢ critic: if it chooses so → if its learned score is highest": SetRoute(
        source="solver", target="critic", when="score: 1, 0, 0, 0, 0, 0"
    ),
    "delegation: at most 8 requests in 4 turns → at most 1 request in 1 turn": SetDelegation(
        delegation=Delegation(turns=1, calls=1)
    ),
    "critic: memory none → shared": SetParameter(
        agent="critic", parameter="memory", value="shared"
    ),
    "− solver → critic": RemoveEdge(source="solver", target="critic", kind="message"),
    "rounds: 2 → 3 until critic approves": SetRounds(
        rounds=3, stop=Stop(rule="approved", by="critic")
    ),
    "answer: output of solver → vote of critic": SetAnswer(answer=Answer(mode="vote")),
    "name: 'pair' → 'team'": SetLabel(name="team", description=""),
    "description: 'two agents'": SetLabel(name="pair", description="two agents"),
}


@pytest.mark.parametrize("words", WORDS)
def test_an_edit_is_told_in_words(words: str) -> None:
    assert describe((WORDS[words],), PAIR) == [words]


def test_every_kind_of_edit_is_told() -> None:
    kinds = {kind for union in get_args(Edit)[:1] for kind in get_args(union)}
    assert {type(edit) for edit in WORDS.values()} == kinds


def test_each_edit_is_told_after_those_before_it() -> None:
    edits: list[Edit] = [
        SetParameter(agent="solver", parameter="temperature", value=0.5),
        SetParameter(agent="solver", parameter="temperature", value=0.9),
        SetModel(agent="nobody", model="large"),
        SetParameter(agent="nobody", parameter="samples", value=2),
        SetDemonstrations(agent="solver", demonstrations=EXAMPLE),
        SetDemonstrations(agent="solver", demonstrations=(Demonstration(question="", answer=""),)),
    ]
    assert describe(edits, PAIR) == [
        "solver: temperature 0.2 → 0.5",
        "solver: temperature 0.5 → 0.9",
        "nobody: model default → large",
        "nobody: samples default → 2",
        "solver: demonstrations 0 → 1",
        "solver: demonstrations 1 → 1 others",
    ]


@examples(40)
@given(system_configs(), system_configs())
def test_any_difference_is_told_in_printable_lines(a: SystemConfig, b: SystemConfig) -> None:
    edits = diff(a, b)
    lines = describe(edits, a)
    assert len(lines) == len(edits)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("mode", MODES)
def test_every_way_to_answer_is_told(mode: str) -> None:
    answer = Answer.model_validate({"mode": mode, "by": "judge", "sources": ["a", "b"]})
    told = answer_in_words(answer)
    assert "a, b" in told
    assert answer_in_words(answer, ["c"]) == told.replace("a, b", "c")


def test_stop_rules_are_told() -> None:
    assert stop_in_words(Stop()) == ""
    assert stop_in_words(Stop(rule="consensus")) == "until they agree"
    assert stop_in_words(Stop(rule="approved", by="critic")) == "until critic approves"


def test_texts_that_nobody_vouches_for_are_made_harmless() -> None:
    assert shown("a\n b\x1b[31m\tc") == "a b·[31m c"
    assert shown("x" * 100) == "x" * 59 + "…"
