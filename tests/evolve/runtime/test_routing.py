import pytest

from evolve.runtime.routing import picked
from search_spaces.config import Answer, Edge, SystemConfig
from tests.evolve.runtime.runtime_stage import Stage, agent, feedback, message, saying

EXPERTS = ("logic", "numbers", "words")


def route(target: str, when: str = "", source: str = "router") -> Edge:
    return Edge(source=source, target=target, kind="route", when=when)


def routed(*edges: Edge, **fields: object) -> SystemConfig:
    return SystemConfig(
        agents=[agent("router"), *map(agent, EXPERTS)],
        edges=edges,
        **{"answer": Answer(mode="vote")} | fields,
    )


ANSWERS = {name: f"Answer: {name}" for name in EXPERTS}


@pytest.mark.parametrize(
    ("reply", "worked"),
    [
        ("Answer: 2", ["numbers"]),
        ("Answer: 1, 3", ["logic", "words"]),
        ("Answer: 4", []),
        ("I cannot decide.", []),
    ],
)
def test_a_router_chooses_the_working_agents(reply: str, worked: list[str]) -> None:
    stage = Stage(saying(router=reply, **ANSWERS))
    trace = stage.run(routed(*map(route, EXPERTS)))
    assert sorted(step.agent for step in trace.steps) == sorted(["router", *worked])
    assert trace.answer == (worked[0] if worked else "")
    assert trace.failure == ("" if worked else "no route to an answering agent was open")
    (prompt,) = stage.prompts("router")
    assert "1. The logic." in prompt
    assert "3. The words." in prompt


def test_a_choice_that_cannot_be_read_leads_where_else_leads() -> None:
    stage = Stage(saying(router="Hm, hard to say which.", **ANSWERS))
    trace = stage.run(routed(route("logic"), route("numbers"), route("words", "else")))
    assert trace.answer == "words"


def test_rules_on_the_task_cost_no_call() -> None:
    edges = (
        route("logic", "task: premise"),
        route("numbers", "task: times"),
        route("words", "else"),
    )
    trace = Stage(saying(**ANSWERS)).run(routed(*edges))
    assert [step.agent for step in trace.steps] == ["numbers"]


def test_rules_may_match_the_router_output() -> None:
    edges = (
        route("logic", "output: puzzle"),
        route("words", "else"),
        route("numbers", "output: sum"),
    )
    trace = Stage(saying(router="It is a SUM.", **ANSWERS)).run(routed(*edges))
    assert trace.answer == "numbers"


def test_the_highest_learned_score_opens_its_way() -> None:
    edges = [
        route(name, f"score: {weight}, 0, 0, 0, 0, 0")
        for name, weight in zip(EXPERTS, (0.1, 0.7, 0.7), strict=True)
    ]
    trace = Stage(saying(**ANSWERS)).run(routed(*edges))
    assert len(trace.steps) == 1
    assert trace.answer in ("numbers", "words")


def test_agents_behind_closed_routes_only_are_closed_and_others_do_not_wait() -> None:
    agents = [agent("router"), *map(agent, EXPERTS), agent("editor"), agent("end")]
    edges = (
        route("logic"),
        route("numbers"),
        route("words", "task: nothing of the kind"),
        message("words", "editor"),
        *(message(name, "end") for name in ("logic", "numbers", "editor")),
    )
    stage = Stage(saying(router="Answer: 1", end="Answer: yes", **ANSWERS))
    trace = stage.run(SystemConfig(agents=agents, edges=edges))
    assert sorted(step.agent for step in trace.steps) == ["end", "logic", "router"]
    (prompt,) = stage.prompts("end")
    assert prompt.count("## Message from") == 1


def test_a_router_may_change_its_choice() -> None:
    edges = [route("logic"), route("numbers"), feedback("logic", "router")]
    edges += [message("logic", "words"), message("numbers", "words")]
    stage = Stage(
        saying(
            router=["Answer: 1", "Answer: 2"],
            logic="no idea",
            numbers="six times seven",
            words=["Answer: ?", "Answer: 42"],
        )
    )
    system = routed(*edges, rounds=2, answer=Answer(sources=("words",)))
    trace = stage.run(system)
    assert trace.answer == "42"
    assert "no idea" not in stage.prompts("words")[1]


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        ("Answer: 2", [2]),
        ("Answer: 1, 2", [1, 2]),
        ("Answer: 1 and 3", [1, 3]),
        ("Answer: 9", []),
        ("Answer: 1.5", []),
        ("Answer: none", []),
    ],
)
def test_choices_are_read(reply: str, numbers: list[int]) -> None:
    assert picked(reply, 3) == numbers
