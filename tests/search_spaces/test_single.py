"""Single agents, asked once or with votes."""

import pytest

from search_spaces import library
from search_spaces.config import SystemConfig
from search_spaces.single import TEMPERATURE, is_asked_once, with_votes


@pytest.mark.parametrize(
    ("name", "once"),
    [
        ("single", True),
        ("chain_of_thought", True),
        ("self_consistency", False),
        ("critic_solver", False),
        ("debate", False),
    ],
)
def test_a_single_agent_is_asked_once(name: str, once: bool) -> None:
    assert is_asked_once(library.system(name)) is once


def test_a_single_agent_with_tools_may_be_asked_more_often() -> None:
    agent = library.system("single").agents[0].model_copy(update={"tools": ("calculator",)})
    assert not is_asked_once(SystemConfig(agents=(agent,)))


def test_votes_of_chains_of_thought_are_self_consistency() -> None:
    known = library.system("self_consistency")
    assert known.agents[0].temperature == TEMPERATURE
    assert with_votes(library.system("chain_of_thought"), 5).id == known.id
    assert with_votes(library.system("chain_of_thought"), 1) == library.system("chain_of_thought")


@pytest.mark.parametrize(("before", "after"), [(0.0, TEMPERATURE), (None, TEMPERATURE), (1.0, 1.0)])
def test_votes_differ_by_temperature(before: float | None, after: float) -> None:
    agent = library.system("single").agents[0].model_copy(update={"temperature": before})
    voting = with_votes(SystemConfig(agents=(agent,)), 3).agents[0]
    assert (voting.samples, voting.temperature) == (3, after)
