from random import Random

import pytest

from search_spaces.config import Agent, Demonstration, SystemConfig
from search_spaces.edits import apply
from search_spaces.operators import examples as operators
from search_spaces.operators.examples import balanced, few_shot, nearest_shot
from search_spaces.operators.specialists import specialists
from search_spaces.routes import opening, telling_phrases
from search_spaces.space import SearchSpace

DOMAINS = {"sums": "how much is {}", "capitals": "what is the capital of {}"}
POOL = [
    Demonstration(question=words.format(number), answer=f"{number % 3}", domain=domain)
    for domain, words in DOMAINS.items()
    for number in range(10)
]
SPACE = SearchSpace(agents=[1, 4]).with_training(POOL)
SINGLE = SystemConfig(agents=(Agent(name="solver", prompt="Solve it."),))


def test_every_prefix_holds_domains_evenly() -> None:
    order = balanced(POOL, Random(0))
    assert sorted(each.question for each in order) == sorted(each.question for each in POOL)
    for count in range(2, 21, 2):
        assert [each.domain for each in order[:count]].count("sums") == count // 2


def test_few_shot_shows_so_many() -> None:
    edits = few_shot(SINGLE, SPACE, Random(0), count=6)
    assert edits is not None
    (agent,) = apply(SINGLE, edits).agents
    assert len(agent.demonstrations) == 6
    assert agent.nearest_examples is None


def test_nearest_examples_keep_the_whole_pool() -> None:
    edits = nearest_shot(SINGLE, SPACE, Random(0), count=4)
    assert edits is not None
    (agent,) = apply(SINGLE, edits).agents
    assert (len(agent.demonstrations), agent.nearest_examples) == (20, 4)


def test_specialists_work_behind_rules_that_separate_domains() -> None:
    edits = specialists(SINGLE, SPACE, Random(0), count=4)
    assert edits is not None
    config = apply(SINGLE, edits)
    assert not SPACE.check(config)
    assert {agent.name for agent in config.agents} == {"router", "sums", "capitals"}
    rules = {edge.target: opening(edge.when) for edge in config.edges}
    for example in POOL:
        found = [name for name, rule in rules.items() if rule.found_in(example.question)]
        otherwise = [name for name, rule in rules.items() if rule.kind == "else"]
        assert (found or otherwise) == [example.domain]
        assert all(e.domain == example.domain for e in config.agent(example.domain).demonstrations)


def test_without_rules_or_room_there_are_no_specialists() -> None:
    alike = [each.model_copy(update={"question": "the same"}) for each in POOL]
    assert specialists(SINGLE, SPACE.with_training(alike), Random(0), count=4) is None
    small = SearchSpace(agents=[1, 2]).with_training(POOL)
    assert specialists(SINGLE, small, Random(0), count=4) is None


@pytest.mark.parametrize(
    "name",
    ["show_examples", "show_nearest_examples", "add_example", "drop_example", "swap_example"],
)
def test_operators_stay_in_the_space_and_draw_from_the_pool(name: str) -> None:
    config, operator = SINGLE, getattr(operators, name)
    start = few_shot(SINGLE, SPACE, Random(0), count=4)
    assert start is not None
    config = apply(SINGLE, start)
    for seed in range(20):
        edits = operator(config, SPACE, Random(seed))
        if edits:
            child = apply(config, edits)
            assert not SPACE.check(child)
            assert set(child.agents[0].demonstrations) <= set(POOL)


def test_an_empty_pool_offers_nothing() -> None:
    space = SearchSpace()
    for name in ("show_examples", "show_nearest_examples", "add_example", "swap_example"):
        assert getattr(operators, name)(SINGLE, space, Random(0)) is None


def test_source_and_domain_are_no_part_of_the_content_id() -> None:
    def config(domain: str) -> SystemConfig:
        shown = Demonstration(question="q", answer="a", source="t1", domain=domain)
        return SystemConfig(agents=(Agent(name="a", demonstrations=(shown,)),))

    assert config("x").id == config("y").id


def test_phrases_are_found_only_where_they_separate_groups() -> None:
    texts = {"a": ["red apple pie", "red apple tart"], "b": ["green pear", "green plum"]}
    found = telling_phrases(texts)
    assert set(found) == {"a", "b"}
    assert found["b"] == ("green",)
    assert telling_phrases({"a": ["same"], "b": ["same"], "c": ["same"]}) == {}
