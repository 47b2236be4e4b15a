import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.config import Agent, Answer, Edge, SystemConfig
from search_spaces.library import system, systems
from search_spaces.sketch import WIDTH, sketch
from tests.strategies import examples, system_configs

PICTURES = {
    "critic_solver": """
critic_solver: 2 agents
  ┌►─● solver ⟲ ──┐
  └──○ critic   ─◄┘
  rounds: at most 3, until critic approves (left and ⟲: feedback)
  answer: output of solver
""",
    "debate": """
debate: 3 agents
  ┌↔─● first (debater) ⟲
  ├↔─● second (debater) ⟲
  └↔─● third (debater) ⟲
  rounds: at most 3, until they agree (left and ⟲: feedback)
  answer: vote of first, second, third
""",
    "macnet_mesh": """
macnet_mesh: 4 agents
  ○ assistant_1 ──┐
  ○ assistant_2 ─◄┤──┐
  ○ assistant_3 ─◄┤─◄┤──┐
  ● assistant_4 ─◄┘─◄┘─◄┘
  answer: output of assistant_4
""",
    "mixture_of_agents": """
mixture_of_agents: 6 agents
  ○ first_proposer (solver)  ──┐
  ○ second_proposer (solver) ──┤
  ○ third_proposer (solver)  ──┤
  ● first_refiner (editor)   ─◄┤
  ● second_refiner (editor)  ─◄┘
  ◆ summariser
  answer: summariser summarises first_refiner, second_refiner
""",
    "diverse_vote": """
diverse_vote: 5 agents
  ● backwards (solver)
  ● generalist
  ● logic (expert in logic)
  ● sceptic
  ● steps (solver)
  answer: vote of all ●
""",
    "self_consistency": """
self_consistency: 1 agent
  ● solver ×5
  answer: vote of solver
""",
    "macnet_random": """
macnet_random: 6 agents
  ○ assistant_1 ──┐
  ○ assistant_3 ──│──┐
  ○ assistant_2 ─◄┤──│──┐
  ○ assistant_4 ─◄┘─◄┤──│──┐
  ○ assistant_5 ────◄┘─◄┘──┤
  ● assistant_6 ──────────◄┘
  answer: output of assistant_6
""",
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_system_is_drawn(name: str) -> None:
    assert sketch(system(name)) == PICTURES[name].strip().split("\n")


@pytest.mark.parametrize("name", systems())
def test_every_library_system_fits_a_terminal(name: str) -> None:
    lines = sketch(systems()[name])
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line.endswith("…")]


@examples(60)
@given(system_configs(), st.integers(60, 120))
def test_any_system_is_drawn_within_the_width(config: SystemConfig, width: int) -> None:
    lines = sketch(config, width)
    assert len(lines) >= len(config.agents) + 2
    assert all(len(line) <= width and line.isprintable() for line in lines)
    for agent in config.agents:
        assert any(agent.name in line for line in lines)


def test_lines_that_do_not_meet_share_a_column() -> None:
    edges = [Edge(source=a, target=b, kind="feedback") for a, b in ("ab", "bc", "de")]
    agents = tuple(Agent(name=name) for name in "abcde")
    config = SystemConfig(agents=agents, edges=tuple(edges), rounds=2, answer=Answer(mode="vote"))
    assert sketch(config)[1:6] == [
        "     ┌──● a",
        "  ┌──└►─● b",
        "  └►────● c",
        "     ┌──● d",
        "     └►─● e",
    ]


def test_arrows_that_cannot_be_drawn_are_listed() -> None:
    names = [f"agent_{number:02}" for number in range(30)]
    edges = [
        Edge(source=source, target=target)
        for position, source in enumerate(names)
        for target in names[position + 1 : position + 3]
    ]
    back = Edge(source=names[-1], target=names[0], kind="feedback")
    config = SystemConfig(
        agents=tuple(Agent(name=name) for name in names), edges=(*edges, back), rounds=2
    )
    lines = sketch(config)
    assert "  agent_00 → agent_01, agent_02" in lines
    assert "  feedback agent_29 → agent_00" in lines


def test_special_properties_of_agents_are_shown() -> None:
    agents = (
        Agent(name="a", role="the \x1b[1m oracle", model="large", samples=3),
        Agent(name="judge_2", role="judge"),
    )
    config = SystemConfig(agents=agents, answer=Answer(mode="judge", by="judge_2"))
    assert sketch(config) == [
        f"{config.id}: 2 agents",
        "  ● a (the ·[1m oracle) ×3 on large",
        "  ◆ judge_2",
        "  answer: judge_2 chooses among a",
    ]
