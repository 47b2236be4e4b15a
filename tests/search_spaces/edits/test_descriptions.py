import pytest
from hypothesis import given

from search_spaces.config import Agent, Answer, Delegation, Demonstration, Edge, Stop, SystemConfig
from search_spaces.edits import (
    EDIT_KINDS,
    AddAgent,
    AddDemonstration,
    AddEdge,
    AddTool,
    Edit,
    RemoveAgent,
    RemoveDemonstration,
    RemoveEdge,
    RemoveTool,
    ReorderDemonstrations,
    ReplaceDemonstration,
    SetAnswer,
    SetDelegation,
    SetDemonstrations,
    SetLabel,
    SetLabelChoice,
    SetModel,
    SetParameter,
    SetPrompt,
    SetRole,
    SetRounds,
    SetRoute,
    describe,
    diff,
)
from search_spaces.label_choice import LabelChoice
from tests.strategies import examples, system_configs

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
    "solver: + demonstration 'q'": AddDemonstration(agent="solver", demonstration=EXAMPLE[0]),
    "solver: − demonstration 'q'": RemoveDemonstration(agent="solver", question="q"),
    "solver: demonstration 'p' → 'q'": ReplaceDemonstration(
        agent="solver", question="p", demonstration=EXAMPLE[0]
    ),
    "solver: demonstration 'q' with another answer": ReplaceDemonstration(
        agent="solver", question="q", demonstration=EXAMPLE[0]
    ),
    "solver: demonstrations in the order 2, 1": ReorderDemonstrations(agent="solver", order=(2, 1)),
    "solver: chooses one of yes, no (not calibrated)": SetLabelChoice(
        agent="solver", label_choice=LabelChoice(labels=("yes", "no"))
    ),
    "solver: writes its answer": SetLabelChoice(agent="solver", label_choice=None),
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
def test_an_edit_is_described(words: str) -> None:
    assert describe((WORDS[words],), PAIR) == [words]


def test_every_kind_of_edit_is_described() -> None:
    assert {edit.edit for edit in WORDS.values()} == EDIT_KINDS


def test_each_edit_is_described_after_those_before_it() -> None:
    edits: list[Edit] = [
        SetParameter(agent="solver", parameter="temperature", value=0.5),
        SetParameter(agent="solver", parameter="temperature", value=0.9),
        SetModel(agent="missing", model="large"),
        SetParameter(agent="missing", parameter="samples", value=2),
        SetDemonstrations(agent="solver", demonstrations=EXAMPLE),
        SetDemonstrations(agent="solver", demonstrations=(Demonstration(question="", answer=""),)),
    ]
    assert describe(edits, PAIR) == [
        "solver: temperature 0.2 → 0.5",
        "solver: temperature 0.5 → 0.9",
        "missing: model default → large",
        "missing: samples 1 → 2",
        "solver: demonstrations 0 → 1",
        "solver: demonstrations 1 → 1 others",
    ]


@examples(40)
@given(system_configs(), system_configs())
def test_any_difference_is_described_in_printable_lines(a: SystemConfig, b: SystemConfig) -> None:
    edits = diff(a, b)
    lines = describe(edits, a)
    assert len(lines) == len(edits)
    assert all(line.isprintable() for line in lines)
