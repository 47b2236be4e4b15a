"""Credit of agents and edges, by leave-one-out and Shapley values, within a budget."""

import pytest

from archive.store import Archive
from evolve.engine.evaluation import score_on
from evolve.errors import BudgetError
from evolve.lab.credit import Credit, Method, give_credit, players, without
from search_spaces.config import Agent, Answer, Edge, SystemConfig
from search_spaces.space import SearchSpace
from tests.evolve.runs import settings

CHAIN = SystemConfig(
    agents=(Agent(name="planner", prompt="Plan."), Agent(name="solver", prompt="Solve.")),
    edges=(Edge(source="planner", target="solver"),),
)


def given(config: SystemConfig, method: Method, evaluations: int) -> tuple[list[Credit], int]:
    """Credits, and how many evaluations they took."""
    with Archive.in_memory() as archive:
        found = give_credit(settings(), archive, config, method, evaluations)
        run = archive.runs()[0]
        assert run.name.endswith("-credit")
        return found, len(list(archive.rollouts(run, purpose="confirm")))


def test_a_single_agent_gets_all_the_credit() -> None:
    config = SystemConfig(agents=(Agent(name="solver", prompt="Solve it."),))
    (credit,), bought = given(config, "leave_one_out", 20)
    assert bought == 10  # an empty system is free: it scores 0
    with Archive.in_memory() as archive:
        scores = score_on(settings(), archive, "x", [(config, place) for place in range(100)])
    assert 0 < credit.mean <= 1
    assert abs(credit.mean - sum(scores.values()) / len(scores)) < 0.4
    low, high = credit.interval
    assert low < credit.mean < high


def test_shapley_values_add_up_to_the_score() -> None:
    found, bought = given(CHAIN, "shapley", 60)
    assert {each.player for each in found} == {"planner", "solver", "planner → solver (message)"}
    assert {each.comparisons for each in found} == {20}
    assert bought <= 60
    total = sum(each.mean for each in found) * 20
    assert total == pytest.approx(round(total))  # each order adds up to 0 or 1, the task's score
    assert 0 <= total <= 20


def test_leaving_one_out_compares_on_the_same_tasks() -> None:
    found, bought = given(CHAIN, "leave_one_out", 40)
    assert {each.comparisons for each in found} == {10}
    assert bought <= 40
    assert all(-1 <= each.mean <= 1 for each in found)
    again, _ = given(CHAIN, "leave_one_out", 40)
    assert again == found


def test_what_is_left_of_a_system_always_works() -> None:
    space = SearchSpace()
    pair = SystemConfig(
        agents=tuple(Agent(name=name, samples=2) for name in "abc"),
        edges=(Edge(source="a", target="b"),),
        answer=Answer(mode="judge", sources=("b",), by="c"),
    )
    members = players(pair)
    assert set(members) == {"a", "b", "c", ("a", "b", "message")}
    for missing in members:
        group = frozenset(members) - {missing}
        left = without(pair, members, group, space)
        assert space.check(left) == []
        assert left.id != pair.id
    assert without(pair, members, frozenset(members), space) == pair


def test_too_few_evaluations_are_refused() -> None:
    with Archive.in_memory() as archive, pytest.raises(BudgetError, match="allow at least 8"):
        give_credit(settings(), archive, CHAIN, "shapley", 5)
