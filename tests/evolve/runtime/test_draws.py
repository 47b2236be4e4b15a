from evolve.models.base import Models
from evolve.models.scripted import Scripted
from evolve.runtime.draws import share_out
from evolve.runtime.plan import Plans, make_plan
from search_spaces.config import Agent, Answer, Edge, SystemConfig
from tests.evolve.runtime.runtime_stage import Stage, agent, who


def test_equal_agents_share_numbers_out_and_others_start_at_zero() -> None:
    draws = share_out([("x", 2), ("y", 3), ("x", 1)], rounds=2)
    assert [draw.first(0, 1) for draw in draws] == [0, 0, 2]
    assert [draw.first(0, 2) for draw in draws] == [3, 3, 5]
    assert [draw.first(1, 1) for draw in draws] == [6, 6, 8]


def test_a_system_inside_a_larger_one_asks_the_same() -> None:
    small, large = Stage(lambda request: "Answer: 1"), Stage(lambda request: "Answer: 1")
    solver, critic = agent("solver", samples=2), agent("critic")
    small.run(SystemConfig(agents=[solver]))
    large.run(SystemConfig(agents=[solver, critic], edges=[Edge(source="solver", target="critic")]))
    assert small.heard == [request for request in large.heard if who(request) == "solver"]


def test_more_samples_begin_with_the_fewer() -> None:
    few, many = Stage(lambda request: "Answer: 1"), Stage(lambda request: "Answer: 1")
    few.run(SystemConfig(agents=[agent("a", samples=2)]))
    many.run(SystemConfig(agents=[agent("a", samples=5)]))
    assert few.heard == many.heard[:2]


def numbers(*agents: Agent) -> list[int]:
    system = SystemConfig(agents=agents, answer=Answer(mode="vote"))
    same = Scripted(script={"": "Answer: 1"}, max_tokens=10)
    models = Models({"one": same, "two": same, "other": Scripted(script={})}, "one")
    return sorted(node.draws.first(0, 1) for node in make_plan(system, models).nodes)


def test_agents_with_equal_requests_get_distinct_draws() -> None:
    plain = Agent(name="a")
    assert numbers(plain, Agent(name="b", model="one")) == [0, 1]
    assert numbers(plain, Agent(name="b", model="two")) == [0, 1]
    assert numbers(plain, Agent(name="b", max_tokens=10)) == [0, 1]
    assert numbers(Agent(name="a", role="x"), Agent(name="b", prompt="You are the x.")) == [0, 1]
    assert numbers(plain, Agent(name="b", weight=2.0)) == [0, 1]


def test_agents_that_cannot_ask_the_same_are_not() -> None:
    plain = Agent(name="a")
    assert numbers(plain, Agent(name="b", model="other")) == [0, 0]
    assert numbers(plain, Agent(name="b", max_tokens=11)) == [0, 0]
    assert numbers(plain, Agent(name="b", temperature=0.5)) == [0, 0]
    assert numbers(plain, Agent(name="b", prompt="Think.")) == [0, 0]


def test_plans_are_remembered_and_forgotten() -> None:
    plans = Plans(Stage(lambda request: "").models, size=2)
    first, second, third = (SystemConfig(agents=[agent(name)]) for name in "abc")
    plan = plans.of(first)
    plans.of(second)
    assert plans.of(first) is plan
    plans.of(third)
    assert plans.of(first) is plan
    assert len(plans._plans) == 2
