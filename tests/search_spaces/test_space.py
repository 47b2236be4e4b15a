import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from search_spaces.config import Agent, Answer, Demonstration, SystemConfig
from search_spaces.draft import Draft
from search_spaces.errors import ConfigError, explain
from search_spaces.library import systems
from search_spaces.limits import Range
from search_spaces.projection import cut
from search_spaces.space import SearchSpace
from tests.strategies import examples, generators, search_spaces, system_configs


@examples(80)
@given(system_configs(), search_spaces(), generators)
def test_every_projection_and_every_sample_lies_in_the_space(
    config: SystemConfig, space: SearchSpace, rng: Random
) -> None:
    for member in (space.project(config), space.sample(rng)):
        assert space.check(member) == []
        assert space.project(member) is member
        assert space.fit(Draft.of(member)) == member


@examples(30)
@given(system_configs(), search_spaces(), generators)
def test_features_are_finite_and_always_have_the_same_keys(
    config: SystemConfig, space: SearchSpace, rng: Random
) -> None:
    one, other = space.features(config), space.features(space.sample(rng))
    assert list(one) == list(other)
    assert all(isinstance(value, float) and abs(value) < 1e6 for value in one.values())


def test_features_are_remembered_and_cannot_be_spoilt() -> None:
    space, config = SearchSpace(), systems()["critic_solver"]
    first = space.features(config)
    first["agents"] = -1.0
    assert space.features(config)["agents"] == 2
    assert space == SearchSpace()


def test_features_describe_the_configuration() -> None:
    space = SearchSpace(models=("large",))
    found = space.features(systems()["critic_solver"])
    expected = {
        "agents": 2,
        "edges.message": 1,
        "edges.feedback": 2,
        "edges.to_self": 1,
        "depth": 2,
        "width": 1,
        "sources": 1,
        "rounds": 3,
        "calls": 6,
        "model.default": 2,
        "model.large": 0,
        "role.critic": 1,
        "role.solver": 1,
        "role.other": 0,
        "fragment.step_by_step": 1,
        "answer.last": 1,
        "answer.vote": 0,
        "stop.approved": 1,
        "temperature.mean": 0.5,
    }
    assert {key: found[key] for key in expected} == expected


def test_a_projection_stays_near() -> None:
    space = SearchSpace.model_validate({"agents": 3, "answers": ["vote", "last"], "rounds": 1})
    judged = space.project(systems()["experts_with_judge"])
    assert [agent.name for agent in judged.agents] == ["logic", "researcher", "judge"]
    assert judged.sources == ("judge",)
    reviewed = space.project(systems()["critic_solver"])
    assert reviewed.rounds == 1
    assert len(reviewed.agents) == 3
    chain = SearchSpace.model_validate({"agents": [1, 3]}).project(systems()["macnet_chain"])
    assert chain.arrows("message") == [
        ("assistant_2", "assistant_3"),
        ("assistant_3", "assistant_4"),
    ]


VIOLATIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "agent 'a': model 'huge'; allowed: small, large": (
        {"models": ["small", "large"]},
        {"model": "huge"},
    ),
    "agent 'a': model 'small'; allowed: none but the run's default": ({}, {"model": "small"}),
    "agent 'a': role 'poet'; allowed: solver, critic": (
        {"roles": ["solver", "critic"]},
        {"role": "poet"},
    ),
    "agent 'a': role 'solver'; allowed: no role": ({"roles": []}, {"role": "solver"}),
    "agent 'a': role of 201 characters; allowed: 200": (
        {"prompt_characters": 200},
        {"role": "x" * 201},
    ),
    "agent 'a': prompt of 4001 characters; allowed: 4000": ({}, {"prompt": "x" * 4001}),
    "agent 'a': temperature 1.5; allowed: 0.0 to 1.0": ({}, {"temperature": 1.5}),
    "agent 'a': max_tokens 50; allowed: unset": ({}, {"max_tokens": 50}),
    "agent 'a': max_tokens 50; allowed: 100 to 200": (
        {"max_tokens": [100, 200]},
        {"max_tokens": 50},
    ),
    "agent 'a': effort low; allowed: unset": ({}, {"effort": "low"}),
    "agent 'a': effort low; allowed: high": ({"efforts": ["high"]}, {"effort": "low"}),
    "agent 'a': 6 samples; allowed: 1 to 5": ({}, {"samples": 6}),
    "agent 'a': 1 demonstrations shown; allowed: 0": (
        {"max_demonstrations": 0},
        {"demonstrations": [{"question": "q", "answer": "a"}]},
    ),
    "agent 'a': a demonstration of 4002 characters; allowed: 4000": (
        {},
        {"demonstrations": [{"question": "x" * 4000, "answer": "xx"}]},
    ),
}


@pytest.mark.parametrize("expected", VIOLATIONS)
def test_what_an_agent_may_not_have_is_named(expected: str) -> None:
    limits, fields = VIOLATIONS[expected]
    space = SearchSpace.model_validate(limits)
    config = SystemConfig.model_validate({"agents": [{"name": "a", **fields}]})
    assert space.check(config) == [expected]
    assert space.check(space.project(config)) == []


@pytest.mark.parametrize(
    ("limits", "system", "expected"),
    [
        ({"agents": [3, 4]}, "single", "1 agents; allowed: 3 to 4"),
        ({"agents": [1, 2]}, "debate", "3 agents; allowed: 1 to 2"),
        ({"edges": ["feedback"]}, "critic_solver", "message edges; allowed: feedback"),
        ({"edges": []}, "plan_and_solve", "message edges; allowed: no edges"),
        ({"rounds": [2, 2]}, "single", "1 rounds; allowed: 2 to 2"),
        ({"stops": ["never"]}, "debate", "stop rule 'consensus'; allowed: never"),
        ({"answers": ["last", "judge"]}, "debate", "answer mode 'vote'; allowed: last, judge"),
    ],
)
def test_what_a_system_may_not_have_is_named(
    limits: dict[str, Any], system: str, expected: str
) -> None:
    space = SearchSpace.model_validate(limits)
    config = systems()[system]
    assert space.check(config) == [expected]
    assert space.check(space.project(config)) == []
    with pytest.raises(ConfigError) as caught:
        space.require(config, f"the seed {system!r}")
    assert str(caught.value) == f"the seed {system!r} is outside the search space: {expected}"


def test_words_of_no_library_are_welcome_unless_roles_are_listed() -> None:
    written = Agent(name="a", role="oracle of Delphi", prompt="Answer in riddles.")
    config = SystemConfig(agents=(written,))
    assert SearchSpace().check(config) == []
    listed = SearchSpace(roles=("solver",)).project(config)
    assert (listed.agents[0].role, listed.agents[0].prompt) == ("", "Answer in riddles.")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"agents": [3, 1]}, "agents: min 3 is above max 1"),
        ({"agents": [0, 1]}, "agents: must lie within 1 to 100"),
        ({"agents": [1, 2, 3]}, "agents: expected [min, max], got 3 values"),
        ({"agents": "many"}, "agents: expected [min, max] or one number, got 'many'"),
        ({"agents": [1.5, 2]}, "agents.min: Input should be a valid integer"),
        ({"temperature": [0, 3]}, "temperature: must lie within 0 to 2"),
        ({"roles": ["solvr"]}, "unknown role 'solvr'; did you mean 'solver'?"),
        ({"fragments": ["zzz"]}, "unknown prompt fragment 'zzz'; known:"),
        ({"topologies": ["ring"]}, "unknown topology 'ring'; known:"),
        ({"answers": []}, "answers: Tuple should have at least 1 item"),
        (
            {"rounds": [2, 3], "edges": ["message"]},
            "`rounds` above 1 need 'feedback' among the `edges`",
        ),
        ({"agents": 1, "answers": ["judge"]}, "no configuration fits: answers ['judge'] need"),
        ({"agents": 2, "edges": [], "answers": ["last"]}, "no configuration fits: answers"),
        ({"tempreature": 1}, "tempreature: unknown key"),
    ],
)
def test_an_empty_space_is_explained(written: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SearchSpace.model_validate(written)
    assert str(explain(caught.value, "space")).startswith(f"space: {expected}")


def test_ranges_are_written_short() -> None:
    space = SearchSpace.model_validate(
        {"agents": [2, 4], "rounds": 1, "samples": {"min": 1, "max": 3}}
    )
    assert (space.agents, space.rounds, space.samples) == (
        Range(min=2, max=4),
        Range(min=1, max=1),
        Range(min=1, max=3),
    )
    written = space.model_dump_json(exclude_defaults=True)
    assert json.loads(written) == {"agents": [2, 4], "rounds": [1, 1], "samples": [1, 3]}
    assert SearchSpace.model_validate_json(space.model_dump_json()) == space
    SearchSpace.model_json_schema()


def test_prompts_are_cut_between_sentences() -> None:
    text = "One sentence here. Another sentence there."
    assert cut(text, 100) == text
    assert cut(text, 30) == "One sentence here."
    assert cut("some words without any end", 15) == "some words"
    assert cut("x" * 30, 10) == "x" * 10


def test_long_demonstrations_and_prompts_are_fitted() -> None:
    long = Demonstration(question="q" * 300, answer="a")
    short = Demonstration(question="q", answer="a")
    agent = Agent(name="a", prompt="Word. " * 100, demonstrations=(long, short))
    space = SearchSpace(prompt_characters=200)
    fitted = space.project(SystemConfig(agents=(agent,))).agents[0]
    assert fitted.demonstrations == (short,)
    assert 100 < len(fitted.prompt) <= 200


def test_a_judge_that_may_not_judge_finds_another_place() -> None:
    team = systems()["experts_with_judge"]
    last = SearchSpace(answers=("last",)).project(team)
    assert last.sources == ("judge",)
    assert len(last.arrows("message")) == 3
    vote = SearchSpace(answers=("vote",)).project(team)
    assert "judge" not in {agent.name for agent in vote.agents}
    judged = SearchSpace(answers=("judge",)).project(systems()["debate"])
    assert judged.answer == Answer(mode="judge", by="judge")


def test_agents_are_dropped_upstream_first_but_neither_sources_nor_approvers() -> None:
    agents = [{"name": name} for name in ("approver", "reader", "solver")]
    reviewed = SystemConfig.model_validate(
        {
            "agents": agents,
            "edges": [
                {"source": "approver", "target": "reader"},
                {"source": "reader", "target": "solver"},
                {"source": "solver", "target": "approver", "kind": "feedback"},
            ],
            "rounds": 2,
            "stop": {"rule": "approved", "by": "approver"},
            "answer": {"mode": "vote", "sources": ["solver"]},
        }
    )
    kept = SearchSpace.model_validate({"agents": [1, 1]}).project(reviewed)
    assert [agent.name for agent in kept.agents] == ["solver"]
    voters = reviewed.model_copy(update={"answer": Answer(mode="vote", sources=("approver",))})
    two = SearchSpace.model_validate({"agents": 2}).project(SystemConfig(**dict(voters)))
    assert {agent.name for agent in two.agents} == {"approver", "solver"}
