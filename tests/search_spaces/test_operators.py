import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from search_spaces.config import Agent, Demonstration, Edge, Stop, SystemConfig
from search_spaces.edits import AddTool, Edits, RemoveTool, apply
from search_spaces.errors import ConfigError
from search_spaces.library import system, systems
from search_spaces.operators import CROSSOVERS, MUTATIONS, mutate
from search_spaces.operators.examples import few_shot
from search_spaces.space import SearchSpace
from tests.strategies import examples, generators, search_spaces, system_configs

ROOT = Path(__file__).parents[2]
WIDE = SearchSpace(
    models=("large",),
    tools=("calculator", "python"),
    efforts=("low", "high"),
    max_tokens=(100, 2000),
    demonstrations=(Demonstration(question="1+1", answer="2"),),
)
ALL_KINDS = SearchSpace(
    edges=("message", "feedback", "delegate", "route"),
    route_words=("sum", "how many"),
    memories=("own", "shared"),
    modules=("planning", "reasoning", "tool_use", "memory"),
    models=("large",),
    tools=("calculator",),
    efforts=("low", "high"),
    max_tokens=(100, 2000),
).with_training(
    Demonstration(question=f"{words} {n}", answer=str(n), domain=domain)
    for domain, words in {"sums": "how much is", "capitals": "what is the capital of"}.items()
    for n in range(4)
)
FROZEN = SearchSpace.model_validate(
    {
        "roles": [],
        "fragments": [],
        "agents": 1,
        "rounds": 1,
        "samples": 1,
        "temperature": 0.5,
        "answers": ["last"],
    }
)


def check(parent: SystemConfig, edits: Edits | None, space: SearchSpace) -> None:
    if edits is not None:
        child = apply(parent, edits)
        assert space.check(child) == []
        assert child.id != parent.id
        assert (child.name, child.description) == (parent.name, parent.description)


@pytest.mark.full
@examples(40)
@given(system_configs(), search_spaces(), generators)
def test_mutations_lead_to_other_configurations_of_the_space(
    config: SystemConfig, space: SearchSpace, rng: Random
) -> None:
    parent = space.project(config)
    for operator in MUTATIONS.values():
        check(parent, operator(parent, space, rng), space)


@pytest.mark.full
@examples(40)
@given(system_configs(), system_configs(), search_spaces(), generators)
def test_crossovers_lead_to_other_configurations_of_the_space(
    a: SystemConfig, b: SystemConfig, space: SearchSpace, rng: Random
) -> None:
    a, b = space.project(a), space.project(b)
    for operator in CROSSOVERS.values():
        check(a, operator(a, b, space, rng), space)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_applies_somewhere_in_the_library(name: str) -> None:
    rng = Random(name)
    few = few_shot(system("single"), ALL_KINDS, rng, count=4)
    assert few
    starts = [*systems().values(), apply(system("single"), few)]
    found = [MUTATIONS[name](config, ALL_KINDS, rng) for config in starts for _ in range(3)]
    assert any(found) or name == "remove_tool"


def test_tools_are_given_and_taken() -> None:
    given = after("add_tool", "single")
    (agent,) = given.agents
    assert agent.tools in {("calculator",), ("python",)}
    edits = MUTATIONS["remove_tool"](given, WIDE, Random(0))
    assert edits == (RemoveTool(agent=agent.name, tool=agent.tools[0]),)
    full = apply(
        given, [AddTool(agent=agent.name, tool=t) for t in WIDE.tools if t not in agent.tools]
    )
    assert MUTATIONS["add_tool"](full, WIDE, Random(0)) is None


def test_without_tools_in_the_space_chance_is_what_it_was() -> None:
    """Golden runs rest on it: mutations that cannot apply take no part in the draw."""
    config, none = system("debate"), SearchSpace()
    odds = {"add_tool": 0.0, "remove_tool": 0.0}
    for seed in range(20):
        assert mutate(config, none, Random(seed)) == mutate(config, none, Random(seed), odds)


def after(name: str, parent: str, seed: int = 0, space: SearchSpace = WIDE) -> SystemConfig:
    config = system(parent)
    edits = MUTATIONS[name](config, space, Random(seed))
    assert edits is not None
    return apply(config, edits)


def test_a_critic_reviews_and_approves() -> None:
    child = after("insert_critic", "chain_of_thought")
    (critic,) = (agent.name for agent in child.agents if agent.name != "solver")
    assert child.sources == ("solver",)
    assert child.arrows("message") == [("solver", critic)]
    assert child.arrows("feedback") == sorted([(critic, "solver"), ("solver", "solver")])
    assert child.rounds >= 2
    assert child.stop == Stop(rule="approved", by=critic)


def test_a_verifier_answers_in_place_of_the_checked_agent() -> None:
    child = after("insert_verifier", "chain_of_thought")
    (verifier,) = child.sources
    assert child.arrows("message") == [("solver", verifier)]


def test_a_voter_stands_beside_a_source() -> None:
    child = after("insert_voter", "step_back")
    assert child.answer.mode == "vote"
    assert len(child.sources) == 2
    assert {source for source, _ in child.arrows("message")} == {"thinker"}


def test_a_judge_has_something_to_choose_from() -> None:
    child = after("insert_judge", "single")
    assert (child.answer.mode, child.answer.by) == ("judge", "judge")
    assert child.agent("solver").samples > 1


def test_a_summariser_takes_the_place_of_a_judge() -> None:
    child = after("insert_summariser", "experts_with_judge")
    assert child.answer.mode == "summarise"
    assert child.agent("judge").role == "summariser"
    assert "Combine what you are given" in child.agent("judge").prompt


def test_a_planner_sends_to_all_first_agents() -> None:
    child = after("insert_planner", "diverse_vote")
    (planner,) = {source for source, _ in child.arrows("message")}
    assert len(child.arrows("message")) == 5
    assert planner not in child.sources


def test_a_debate_joins_the_sources_until_they_agree() -> None:
    child = after("insert_debate", "diverse_vote")
    assert len(child.arrows("feedback")) == 25
    assert child.stop.rule == "consensus"


def test_a_removed_agent_is_bridged() -> None:
    rng = Random(1)
    chain = system("macnet_chain")
    for _ in range(10):
        edits = MUTATIONS["remove_agent"](chain, WIDE, rng)
        child = apply(chain, edits or ())
        names = [agent.name for agent in child.agents]
        assert len(names) == 3
        assert child.arrows("message") == list(pairwise(names))


def test_a_role_changes_with_its_words_and_keeps_the_fragments() -> None:
    child = after("change_role", "chain_of_thought")
    agent = child.agent("solver")
    assert agent.role != "solver"
    assert "Solve the task." not in agent.prompt
    assert "Think step by step before you answer." in agent.prompt.split("\n")


def test_fragments_come_and_go_as_lines() -> None:
    bare = after("remove_fragment", "chain_of_thought").agent("solver").prompt
    assert bare == system("chain_of_thought").agent("solver").prompt.split("\n")[0]
    more = after("add_fragment", "single").agent("solver").prompt
    assert more
    assert "\n" not in more
    other = after("replace_fragment", "chain_of_thought").agent("solver").prompt.split("\n")
    assert other[0] == bare
    assert len(other) == 2


def test_feedback_brings_the_rounds_it_needs() -> None:
    child = after("add_feedback", "plan_and_solve")
    assert child.rounds >= 2
    assert len(child.arrows("feedback")) == 1
    alone = after("remove_feedback", "self_refine")
    assert alone.rounds == 1


def test_more_samples_are_voted_on() -> None:
    child = after("change_samples", "chain_of_thought")
    assert child.answer.mode == "vote"
    assert child.agent("solver").samples > 1


def test_an_example_is_shown() -> None:
    shown = [
        edits
        for seed in range(10)
        if (edits := MUTATIONS["add_example"](system("single"), WIDE, Random(seed)))
    ]
    assert shown
    child = apply(system("single"), shown[0])
    assert child.agent("solver").demonstrations == WIDE.demonstrations


def test_recombination_keeps_a_topology_and_mixes_agents() -> None:
    a, b = system("macnet_chain"), system("experts_with_judge")
    rng = Random(3)
    shapes = set()
    for _ in range(20):
        child = apply(a, CROSSOVERS["recombine"](a, b, WIDE, rng) or ())
        shapes.add(child.answer.mode)
        if child.answer.mode == "last":
            assert child.arrows("message") == a.arrows("message")
    assert shapes == {"last", "judge"}


def test_a_borrowed_agent_takes_the_place_of_one() -> None:
    a, b = system("plan_and_solve"), system("diverse_vote")
    child = apply(a, CROSSOVERS["borrow_agent"](a, b, WIDE, Random(0)) or ())
    assert len(child.agents) == 2
    assert len({agent.prompt for agent in child.agents} & {agent.prompt for agent in b.agents}) == 1


def test_blending_takes_sampling_from_the_like() -> None:
    a = SystemConfig(agents=(Agent(name="x", role="solver"),))
    b = SystemConfig(
        agents=(
            Agent(name="y", role="solver", temperature=0.9, model="large"),
            Agent(name="z", role="critic", temperature=0.1),
        ),
        edges=(Edge(source="z", target="y"),),
    )
    rng = Random(0)
    children = {
        child.agents[0].model_dump_json()
        for _ in range(30)
        if (edits := CROSSOVERS["blend"](a, b, WIDE, rng))
        for child in [apply(a, edits)]
    }
    temperatures = {Agent.model_validate_json(child).temperature for child in children}
    assert temperatures == {None, 0.9}


def test_mutate_names_what_it_did() -> None:
    done = mutate(system("debate"), WIDE, Random(5))
    assert done is not None
    name, edits = done
    assert name in MUTATIONS
    check(system("debate"), edits, WIDE)


def test_odds_say_what_is_tried() -> None:
    odds = dict.fromkeys(MUTATIONS, 0.0) | {"change_temperature": 1.0}
    for seed in range(5):
        done = mutate(system("debate"), WIDE, Random(seed), odds)
        assert done is None or done[0] == "change_temperature"
    names = [
        done[0]
        for seed in range(60)
        if (done := mutate(system("debate"), WIDE, Random(seed), {"add_fragment": 100.0}))
    ]
    assert names.count("add_fragment") > 30


def test_odds_for_an_unknown_mutation_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown mutation 'add_agnet'; did you mean 'add_agent'"):
        mutate(system("single"), WIDE, Random(0), {"add_agnet": 1})


def test_where_nothing_can_change_nothing_is_proposed() -> None:
    only = SystemConfig(agents=(Agent(name="solver"),))
    assert FROZEN.check(only) == []
    assert mutate(only, FROZEN, Random(0), {"change_temperature": 0}) is None


def walk(seed: int) -> list[str]:
    """The ids along a random walk through everything that is random here."""
    space, rng = SearchSpace(), random.Random(seed)
    config, ids = space.sample(rng), []
    for _ in range(40):
        done = mutate(config, space, rng)
        config = apply(config, done[1]) if done else config
        for operator in CROSSOVERS.values():
            config = apply(config, operator(config, space.sample(rng), space, rng) or ())
        ids.append(config.id)
    return ids


@pytest.mark.full
@pytest.mark.parametrize("seed", ["0", "99"])
def test_chance_comes_from_the_generator_alone(seed: str) -> None:
    code = "from tests.search_spaces.test_operators import walk; print(*walk(4))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == walk(4)
