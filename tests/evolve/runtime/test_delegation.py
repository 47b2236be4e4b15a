import json

import pytest
from hypothesis import given

from evolve.models.base import Reply, Request, ToolCall
from evolve.models.embedders.hashed import Hashed
from evolve.prompts.headings import MESSAGE, REQUEST, TASK
from evolve.runtime.bounds import worst_case
from search_spaces.config import Delegation, Edge, SystemConfig
from tests.evolve.runtime.runtime_stage import TASK as PROBLEM
from tests.evolve.runtime.runtime_stage import Stage, agent, who
from tests.strategies import examples, system_configs


def asks(source: str, *targets: str) -> list[Edge]:
    return [Edge(source=source, target=target, kind="delegate") for target in targets]


def calling(*calls: tuple[str, str]) -> Reply:
    """A reply that asks colleagues."""
    return Reply(
        "",
        10,
        5,
        0.0,
        tool_calls=tuple(ToolCall(name, json.dumps({"request": text})) for name, text in calls),
    )


TEAM = SystemConfig(
    agents=[agent("boss"), agent("reader", prompt="Read closely."), agent("solver")],
    edges=asks("boss", "reader", "solver"),
)


def results(request: Request) -> list[str]:
    return [message.content for message in request.messages if message.role == "tool"]


def test_an_orchestrator_chooses_subordinates_and_answers() -> None:
    def say(request: Request) -> str | Reply:
        if who(request) != "boss":
            return f"{who(request)} says 42"
        return "Answer: 42" if results(request) else calling(("ask_solver", "Multiply 6 by 7."))

    stage = Stage(say)
    trace = stage.run(TEAM)
    assert [step.agent for step in trace.steps] == ["boss", "boss", "solver"]
    assert trace.answer == "42"
    first, seen, last = stage.heard
    assert [tool.name for tool in first.tools] == ["ask_reader", "ask_solver"]
    assert "Read closely." in first.tools[0].description
    assert first.tools[0].parameters["required"] == ["request"]
    assert f"{REQUEST} boss\nMultiply 6 by 7." in seen.messages[-1].content
    assert seen.messages[-1].content.startswith(TASK)
    assert results(last) == ["solver says 42"]
    assert MESSAGE not in last.messages[-1].content
    (use,) = trace.steps[0].tools
    assert (use.name, use.result) == ("ask_solver", "solver says 42")


def test_endless_delegation_is_stopped() -> None:
    def say(request: Request) -> str | Reply:
        if who(request) == "boss" and request.tool_choice == "auto":
            return calling(("ask_reader", "again"), ("ask_solver", "again"))
        return "Answer: 1"

    for turns, calls, requests in ((20, 5, 5), (2, 64, 4), (1, 1, 1)):
        bounds = Delegation(turns=turns, calls=calls)
        system = SystemConfig(agents=TEAM.agents, edges=TEAM.edges, delegation=bounds)
        trace = Stage(say).run(system)
        assert trace.answer == "1"
        assert sum(step.agent != "boss" for step in trace.steps) == requests
        assert sum(step.agent == "boss" for step in trace.steps) <= turns + 1


def test_requests_are_counted_for_the_whole_tree_below_a_turn() -> None:
    agents = [agent("boss"), agent("lead"), agent("worker")]
    edges = asks("boss", "lead") + asks("lead", "worker")

    def say(request: Request) -> str | Reply:
        if request.tools and request.tool_choice == "auto":
            return calling((request.tools[0].name, f"go on {len(request.messages)}"))
        return f"{who(request)} is done"

    system = SystemConfig(agents=agents, edges=edges, delegation=Delegation(turns=9, calls=7))
    trace = Stage(say).run(system)
    below = [step.agent for step in trace.steps if step.agent != "boss"]
    uses = [use for step in trace.steps for use in step.tools]
    assert sum(not use.failed for use in uses) == 7
    assert "no further requests are possible" in next(use.result for use in uses if use.failed)
    assert set(below) == {"lead", "worker"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("{}", "`request` has to be a text"),
        ('{"request": 5}', "`request` has to be a text"),
        ('{"request": "  "}', "`request` has to be a text"),
        ("[", "no valid JSON"),
    ],
)
def test_a_bad_request_is_reported_and_uses_no_turn(arguments: str, expected: str) -> None:
    def say(request: Request) -> str | Reply:
        if results(request):
            return "Answer: 1"
        return Reply("", 1, 1, 0.0, tool_calls=(ToolCall("ask_solver", arguments),))

    trace = Stage(say).run(TEAM)
    assert {step.agent for step in trace.steps} == {"boss"}
    assert expected in trace.steps[0].tools[0].result


def test_subordinates_of_one_role_have_distinct_names() -> None:
    agents = [agent("boss"), *(agent(n).model_copy(update={"role": "Über-Solver!"}) for n in "ab")]
    stage = Stage(lambda request: "Answer: 1")
    stage.run(SystemConfig(agents=agents, edges=asks("boss", "a", "b")))
    assert [tool.name for tool in stage.heard[0].tools] == ["ask_ber_solver", "ask_ber_solver_2"]


def greedy(request: Request) -> str | Reply:
    """Asks all subordinates as often as allowed."""
    if request.tools and request.tool_choice == "auto":
        return calling(*[(tool.name, "do it") for tool in request.tools])
    return "I think so.\nVerdict: revise\nAnswer: 1"


@pytest.mark.full
@examples(60)
@given(system_configs(tools=()))
def test_orchestrators_never_exceed_their_bound(system: SystemConfig) -> None:
    stage = Stage(greedy)
    trace = stage.run(system, embedder=Hashed(dimensions=8))
    below = {target for _, target in system.arrows("delegate")}
    on_top = [a for a in system.agents if a.name not in below and a.name != system.answer.by]
    asking = {source for source, _ in system.arrows("delegate")}
    turns = sum(a.samples for a in on_top if a.name in asking) * system.rounds
    fulfilled = sum(not use.failed for step in trace.steps for use in step.tools)
    assert fulfilled <= turns * system.delegation.calls
    assert trace.usage.calls <= worst_case(system, PROBLEM, stage.models).calls


@pytest.mark.full
@examples(60)
@given(system_configs(tools=()))
def test_no_two_requests_are_the_same_draw(system: SystemConfig) -> None:
    stage = Stage(greedy)
    for trial in range(2):
        stage.run(system, embedder=Hashed(dimensions=8), trial=trial)
    seen = [(who(r), r) for r in stage.heard]
    assert len({repr(request) for request in seen}) == len(seen)
