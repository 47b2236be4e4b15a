"""The named combinations of parts: fronts, niches, trees, stages, distributions and the default."""

from collections import Counter
from dataclasses import replace
from math import log2

import pytest
from pydantic import ValidationError

from archive.records import Usage
from evolve.strategies.default import Default
from evolve.strategies.map_elites import MapElites
from evolve.strategies.nsga2 import Nsga2
from evolve.strategies.policy_gradient import Drawn, PolicyGradient
from evolve.strategies.random import Random as RandomSearch
from evolve.strategies.staged import Staged
from evolve.strategies.tree import Tree
from search_spaces.config import SystemConfig
from search_spaces.operators import GROUPS
from tests.evolve.strategies.parts.crowds import seen
from tests.evolve.strategies.searches import MODELS, SPACE, ask, search, seeds, view_of


def test_nsga2_breeds_from_the_cheap_as_well_as_from_the_good() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.3, 0.9, 0.5, 0.2])
    view.cost[:] = (0.001, 0.01, 0.02, 0.02)
    strategy = Nsga2(population=2, fresh=0, crossover=0)
    bred = {made.parents[0].candidate for n in range(30) if (made := ask(strategy, view, n))}
    assert bred == {0, 1}


def test_map_elites_breeds_from_the_best_of_every_kind() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.9, 0.8, 0.1, 0.2])
    strategy = MapElites(by={"agents": 1}, fresh=0, crossover=0)
    sizes = [len(each.config.agents) for each in view.candidates]
    bred = {made.parents[0].candidate for n in range(40) if (made := ask(strategy, view, n))}
    assert bred == {0, 2, 3}, sizes  # 0 and 1 have one agent each, and 0 is the better one


def test_the_tree_grows_below_what_did_well() -> None:
    view = seen([0.2, 0.6, 0.9, 0.8, 0.1], (2, 0), (3, 0), (4, 1))
    bred = Counter(
        made.parents[0].candidate
        for n in range(30)
        if (made := ask(Tree(exploration=0.01), view, n))
    )
    assert set(bred) == {2}


def test_configurations_above_the_cost_limit_are_not_proposed() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    crowded = replace(view, exceeds_cost=lambda config, parents: len(config.agents) > 1)
    made = [ask(Default(), crowded, n) for n in range(30)]
    assert {len(each.config.agents) for each in made if each} == {1}
    assert ask(Default(), replace(view, exceeds_cost=lambda config, parents: True)) is None


# Stages


def test_stages_follow_the_budget() -> None:
    strategy = Staged()
    stages = [strategy.current(progress) for progress in (0, 0.34, 0.35, 0.74, 0.75, 1.0)]
    words, topology, again = (stage.strategy for stage in strategy.stages)
    assert stages == [words, words, topology, topology, again, again]
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    for progress, only_words in ((0.1, True), (0.5, False), (0.9, True)):
        now = replace(view, progress=progress)
        made = {each.operator for n in range(25) if (each := ask(strategy, now, n))}
        assert (made <= set(GROUPS["words"])) == only_words
        assert only_words or not made & set(GROUPS["words"])


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{"until": 0.5, "strategy": "random"}], "the last one must last until 1, got 0.5"),
        (
            [{"until": 1, "strategy": "random"}, {"until": 1, "strategy": "tpe"}],
            "`until` must rise",
        ),
        ([{"until": 1.5, "strategy": "random"}], "less than or equal to 1"),
        ([], "at least 1 item"),
    ],
)
def test_stages_that_cannot_be_are_refused(stages: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Staged.model_validate({"stages": stages})


# Policy gradient


def likes_votes(config: SystemConfig) -> float:
    return 0.9 if config.answer.mode == "vote" else 0.3


def test_the_policy_learns_what_pays() -> None:
    history = search(PolicyGradient(rate=0.4), likes_votes, 70, seed=1)
    blind = search(RandomSearch(), likes_votes, 70, seed=1)
    mean = [float(each[-1][0].mean[-20:].mean()) for each in (history, blind)]
    assert mean[0] > mean[1] + 0.15


def test_the_advantages_of_a_group_add_up_to_nothing() -> None:
    history = search(PolicyGradient(), likes_votes, 20)
    view, policy = history[-1][0], PolicyGradient()
    first = [each for each in view.candidates if each.choices][:8]
    advantages = policy._advantages(view, first)
    assert sum(advantages) == pytest.approx(0, abs=1e-9)
    logits = policy.logits(replace(view, evaluations=view.evaluations * 0))
    assert logits == {}
    # Everybody chose a way to the answer, so what that choice learned adds up to nothing, too.
    assert sum(policy.logits(view)["answer"].values()) == pytest.approx(0, abs=1e-9)


def test_edges_are_drawn_at_even_odds_until_something_is_learned() -> None:
    made = [ask(PolicyGradient(), view_of(SPACE, seeds(SPACE)), n) for n in range(150)]
    drawn = [each.choices.get("edge_0_1") for each in made if each]
    counted = Counter(each for each in drawn if each)
    assert counted["yes"] / (counted["yes"] + counted["no"]) == pytest.approx(0.5, abs=0.13)
    whole = [
        ask(PolicyGradient(edges="topologies"), view_of(SPACE, seeds(SPACE)), n) for n in (1, 2)
    ]
    assert not any("edge_0_1" in each.choices for each in whole if each)


def test_no_option_dies_out() -> None:
    from random import Random

    logits = {"answer": {"'vote'": 99.0}}
    drawn = [
        Drawn(logits, 0.9, Random(n)).categorical("answer", ("last", "vote")) for n in range(900)
    ]
    assert 0.02 < drawn.count("last") / 900 < 0.1


def test_cost_takes_something_off_the_reward() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.5, 0.5, 0.5, 0.5])
    view.cost[:] = (0.001, 0.002, 0.004, 0.001)
    rewards = [PolicyGradient(cost=0.1).reward(view, number) for number in range(4)]
    assert rewards[0] - rewards[2] == pytest.approx(0.1 * log2(4))
    assert PolicyGradient().reward(view, 2) == 0.5


# The default


def test_the_default_asks_a_model_only_if_it_is_named() -> None:
    assert Default().worst(SPACE, MODELS) == Usage()
    assert Default().asks == ()
    assert Default(model="meta").asks == ("meta",)
    assert Default(model="small").worst(SPACE, MODELS).calls == 3


def test_every_switch_of_the_default_turns_something_off() -> None:
    whole = Default().parts
    for name, off in (
        ("every_model", 0),
        ("reuse", 0),
        ("weighted", 0),
        ("screening", 1),
    ):
        assert Default.model_validate({name: off}).parts != whole


def test_the_default_climbs_faster_than_chance() -> None:
    def size(config: SystemConfig) -> float:
        return (len(config.agents) + (config.answer.mode == "vote")) / 7

    found = search(Default(), size, 40)[-1][0].mean
    blind = search(RandomSearch(), size, 40)[-1][0].mean
    assert float(found[-15:].mean()) > float(blind[-15:].mean()) + 0.2
