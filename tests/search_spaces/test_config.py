from typing import Any

import pytest
from pydantic import ValidationError

from search_spaces.config import MAX_AGENTS, Agent, Answer, Demonstration, SystemConfig
from search_spaces.errors import explain


def system(*names: str, **fields: Any) -> SystemConfig:
    return SystemConfig.model_validate({"agents": [{"name": name} for name in names], **fields})


def message(source: str, target: str) -> dict[str, str]:
    return {"source": source, "target": target}


def feedback(source: str, target: str) -> dict[str, str]:
    return {"source": source, "target": target, "kind": "feedback"}


def delegate(source: str, target: str) -> dict[str, str]:
    return {"source": source, "target": target, "kind": "delegate"}


def route(source: str, target: str, when: str = "") -> dict[str, str]:
    return {"source": source, "target": target, "kind": "route", "when": when}


BAD: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "two agents have the same name": (("a", "a"), {}),
    "two edges join the same agents in the same way": (
        ("a", "b"),
        {"edges": [message("a", "b"), message("a", "b")]},
    ),
    "an edge names 'z', which is not one of the agents ['a', 'b']": (
        ("a", "b"),
        {"edges": [message("a", "z")]},
    ),
    "message edges form a cycle: a → a; make one of them a feedback edge": (
        ("a",),
        {"edges": [message("a", "a")]},
    ),
    "answer mode 'judge' needs `by`, one of the agents": (
        ("a", "b"),
        {"answer": {"mode": "judge"}},
    ),
    "answer mode 'summarise' needs `by`, one of the agents": (
        ("a", "b"),
        {"answer": {"mode": "summarise", "by": "z"}},
    ),
    "agent 'b' makes the answer, so no edge may touch it": (
        ("a", "b"),
        {"edges": [message("a", "b")], "answer": {"mode": "judge", "by": "b"}},
    ),
    "answer mode 'vote' takes no `by`": (("a", "b"), {"answer": {"mode": "vote", "by": "b"}}),
    "the answer's source 'z' is not one of the agents ['a']": (
        ("a",),
        {"answer": {"sources": ["z"]}},
    ),
    "'b' cannot both make the answer and be a source": (
        ("a", "b"),
        {"answer": {"mode": "judge", "by": "b", "sources": ["b"]}},
    ),
    "'a' makes the answer but there is no other agent to make it from": (
        ("a",),
        {"answer": {"mode": "judge", "by": "a"}},
    ),
    "answer mode 'last' takes one source and there are 2: ['a', 'b']; name one in `sources` or "
    "choose 'vote'": (("a", "b"), {}),
    "there is no path from b to the answer": (("a", "b"), {"answer": {"sources": ["a"]}}),
    "feedback edges carry nothing unless `rounds` ≥ 2": (("a",), {"edges": [feedback("a", "a")]}),
    "`rounds` above 1 do nothing without feedback edges": (("a",), {"rounds": 2}),
    "stop rule 'approved' needs `by`, the approving agent": (
        ("a",),
        {"edges": [feedback("a", "a")], "rounds": 2, "stop": {"rule": "approved"}},
    ),
    "stop rule 'consensus' takes no `by`": (
        ("a",),
        {"edges": [feedback("a", "a")], "rounds": 2, "stop": {"rule": "consensus", "by": "a"}},
    ),
    "delegate edges form a cycle: a → a; remove one of them": (
        ("a",),
        {"edges": [delegate("a", "a")]},
    ),
    "agent 'b' works only on request, so no message edge may touch it": (
        ("a", "b"),
        {"edges": [delegate("a", "b"), message("b", "a")]},
    ),
    "agent 'b' works only on request, so it cannot be a source of the answer": (
        ("a", "b"),
        {"edges": [delegate("a", "b")], "answer": {"mode": "vote", "sources": ["a", "b"]}},
    ),
    "agent 'a' is a router, so it cannot be a source of the answer": (
        ("a", "b"),
        {"edges": [route("a", "b")], "answer": {"mode": "vote", "sources": ["a", "b"]}},
    ),
    "all routes of 'a' may stay closed: each has a rule; make one of them 'else', or leave out its "
    "`when`, so that the router chooses": (("a", "b"), {"edges": [route("a", "b", "task: one")]}),
    "edges[0].when: `when` is 'sometimes'; expected 'task: words', 'output: words', "
    "'score: numbers', 'else', or nothing, so that the router chooses": (
        ("a", "b"),
        {"edges": [route("a", "b", "sometimes")]},
    ),
    "edges[0]: only a route edge takes `when`": (
        ("a", "b"),
        {"edges": [message("a", "b") | {"when": "else"}]},
    ),
    "`delegation` does nothing without delegate edges": (("a",), {"delegation": {"calls": 3}}),
    "message edges form a cycle: a → b → a; make one of them a feedback edge": (
        ("a", "b"),
        {"edges": [message("a", "b"), route("b", "a")]},
    ),
    "a stop rule does nothing unless `rounds` ≥ 2": (("a",), {"stop": {"rule": "consensus"}}),
}


@pytest.mark.parametrize("expected", BAD)
def test_an_invalid_graph_is_explained(expected: str) -> None:
    names, fields = BAD[expected]
    with pytest.raises(ValidationError) as caught:
        system(*names, **fields)
    assert str(explain(caught.value, "my.yaml")) == f"my.yaml: {expected}"


def test_a_cycle_is_named_in_the_direction_of_its_arrows() -> None:
    edges = [message("a", "b"), message("b", "c"), message("c", "a")]
    with pytest.raises(ValidationError) as caught:
        system("a", "b", "c", edges=edges)
    line = str(explain(caught.value, "f"))
    assert any(cycle in line for cycle in ("a → b → c → a", "b → c → a → b", "c → a → b → c"))


def test_the_judge_may_not_approve() -> None:
    with pytest.raises(ValidationError, match="the approving agent"):
        system(
            "a",
            "b",
            edges=[feedback("a", "a")],
            rounds=2,
            stop={"rule": "approved", "by": "b"},
            answer={"mode": "judge", "by": "b"},
        )


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "Not A Name", "agents[0].name: String should match pattern"),
        ("temperature", -0.1, "agents[0].temperature: Input should be greater than or equal to 0"),
        ("temperature", float("nan"), "agents[0].temperature: Input should be a finite number"),
        ("samples", 0, "agents[0].samples: Input should be greater than or equal to 1"),
        ("effort", "max", "agents[0].effort: Input should be 'low', 'medium' or 'high'"),
        ("model", " ", "agents[0].model: String should have at least 1 character"),
        ("temprature", 1, "agents[0].temprature: unknown key"),
    ],
)
def test_a_bad_value_is_named_by_its_key_path(field: str, value: object, expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SystemConfig.model_validate({"agents": [{"name": "a", field: value}]})
    line = str(explain(caught.value, "my.yaml"))
    assert line.startswith(f"my.yaml: {expected}")
    assert "more)" not in line


def test_the_number_of_agents_is_bounded() -> None:
    names = [f"a{number}" for number in range(MAX_AGENTS + 1)]
    system(*names[:-1], answer={"mode": "vote"})
    with pytest.raises(ValidationError, match="at most 100"):
        system(*names, answer={"mode": "vote"})
    with pytest.raises(ValidationError, match="at least 1"):
        system()


def test_how_it_was_written_down_does_not_matter() -> None:
    one = system("b", "a", "c", edges=[message("c", "a"), message("b", "a")])
    other = system("a", "c", "b", edges=[message("b", "a"), message("c", "a")])
    assert one == other
    assert [agent.name for agent in one.agents] == ["b", "c", "a"]
    voting = {"mode": "vote", "sources": ["c", "a", "c"]}
    assert Answer.model_validate(voting).sources == ("a", "c")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  two words \n", "two words"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("e\u0301", "é"),
        ("half a pair \ud83d", "half a pair \ufffd"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_texts_that_read_the_same_are_the_same(written: str, kept: str) -> None:
    assert Agent(name="a", prompt=written).prompt == kept
    kept.encode()


def test_a_negative_zero_is_zero() -> None:
    config = SystemConfig(agents=(Agent(name="a", temperature=-0.0),))
    assert config.id == SystemConfig(agents=(Agent(name="a", temperature=0.0),)).id


def test_agents_are_found_by_name() -> None:
    config = system("a", "b", edges=[message("a", "b")])
    assert config.agent("b").name == "b"
    with pytest.raises(KeyError):
        config.agent("c")


def test_the_sources_are_the_sinks_or_those_named() -> None:
    edges = [message("a", "b"), feedback("b", "a")]
    assert system("a", "b", edges=edges, rounds=2).sources == ("b",)
    assert system("a", "b", edges=edges, rounds=2, answer={"sources": ["a"]}).sources == ("a",)


def test_the_json_schema_describes_every_field_that_its_name_does_not_explain() -> None:
    schema = SystemConfig.model_json_schema()
    silent = {
        f"{title}.{field}"
        for title, model in {"SystemConfig": schema, **schema["$defs"]}.items()
        for field, about in model["properties"].items()
        if "description" not in about
    }
    assert silent == {
        "SystemConfig.agents",
        "SystemConfig.answer",
        "SystemConfig.stop",
        "Agent.temperature",
        "Stop.rule",
    }
    assert all("description" in model for model in schema["$defs"].values())
    temperature = schema["$defs"]["Agent"]["properties"]["temperature"]["anyOf"][0]
    assert temperature == {"type": "number", "minimum": 0, "maximum": 2}


def test_a_configuration_cannot_change() -> None:
    config = system("a")
    with pytest.raises(ValidationError):
        config.rounds = 3  # type: ignore[misc]
    assert Demonstration(question="1+1", answer=" 2").length == 4
