"""Choice of proposers, memories of failed edits, and screening of children."""

from math import exp

import numpy as np
import pytest

from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.choice.bandit import Bandit
from evolve.strategies.parts.choice.base import CHOICES, Arm
from evolve.strategies.parts.choice.influential import Influential
from evolve.strategies.parts.memory.base import MEMORIES
from evolve.strategies.parts.memory.tried import Tried
from evolve.strategies.parts.proposers.base import child_of
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.screening.base import SCREENINGS
from evolve.strategies.parts.screening.ridge import Ridge, rank_correlation
from evolve.strategies.parts.screening.value_model import fitted, surprises
from search_spaces.edits import SetPrompt
from tests.evolve.strategies.parts.crowds import child, seed, seen
from tests.evolve.strategies.searches import SPACE, search, seeds, view_of


def bred(operators: str, means: list[float]) -> ArchiveView:
    """Children of one seed that stands at .5, made by an operator of one letter each."""
    candidates = [seed(0)]
    for number, operator in enumerate(operators, 1):
        candidates.append(child(number, candidates[0], str(number), operator))
    return view_of(SPACE, candidates, [0.5, *means])


def arms(*shares: float) -> list[Arm]:
    return [Arm(name, share, name.__eq__) for name, share in zip("abc", shares, strict=False)]


@pytest.mark.parametrize("name", CHOICES.names())
def test_every_choice_keeps_to_shares_of_zero(name: str) -> None:
    choice = CHOICES.find(name)()
    assert choice.written() == name
    for view in (seen([0.5]), bred("aab", [0.6, 0.7, 0.1])):
        odds = choice.odds(view, arms(1, 3, 0))
        assert odds[2] == 0
        assert min(odds[:2]) > 0
    assert choice.odds(seen([0.5]), arms(1, 3))[1] == 3 * choice.odds(seen([0.5]), arms(1, 3))[0]


def test_proposers_with_more_gain_per_cost_are_chosen_more_often() -> None:
    view = bred("aabb", [0.9, 0.9, 0.6, 0.1])
    a, b = Bandit(patience=1).odds(view, arms(1, 1))
    assert a > 2 * b
    view.spent[1:3] *= 20
    a, b = Bandit(patience=1).odds(view, arms(1, 1))
    assert a < b
    a, b = Bandit(patience=1e9).odds(view, arms(1, 1))
    assert a == pytest.approx(b)


def test_no_probability_falls_below_the_floor() -> None:
    view = bred("aabbbbbbbb", [0.9, 0.9, *[0.1] * 8])
    assert Bandit(patience=0.01, floor=0.25).odds(view, arms(1, 2))[1] == pytest.approx(0.5)


def test_influence_is_the_score_with_over_the_score_without() -> None:
    view = bred("aab", [0.6, 0.6, 0.4])
    assert Influential().influence(view, arms(1, 1)[0]) == pytest.approx(1.2)
    a, b, c = Influential(temperature=0.05).odds(view, arms(1, 1, 1))
    assert b / a == pytest.approx(exp((0.8 - 1.2) / 0.05))
    assert c / a == pytest.approx(exp((1.0 - 1.2) / 0.05))


def test_mutations_may_be_chosen_by_what_they_gained() -> None:
    candidates = seeds(SPACE, ("single",))
    mutation = Mutation(choice=Bandit(patience=0.1, floor=0.01))
    for number in range(1, 9):
        operator = "add_fragment" if number % 2 else "insert_voter"
        candidates.append(child(number, candidates[0], str(number), operator))
    view = view_of(SPACE, candidates, [0.5, *[0.9, 0.2] * 4])
    odds = mutation._odds(view)
    assert odds["add_fragment"] > 10 * odds["insert_voter"]


# Memory


@pytest.mark.parametrize("name", MEMORIES.names())
def test_every_memory_accepts_new_proposals(name: str) -> None:
    memory, view = MEMORIES.find(name)(), seen([0.5, 0.1], (1, 0))
    assert memory.written() == name
    assert not memory.refuses(view, Proposal(SPACE.project(view.candidates[0].config), "sample"))
    fresh = (SetPrompt(agent="solver", prompt="Something else."),)
    assert not memory.refuses(view, child_of(view.candidates[0], fresh, "edit"))


def test_what_was_tried_on_a_parent_is_refused_there_alone() -> None:
    view = seen([0.5, 0.9, 0.5], (1, 0))
    again = view.candidates[1].parents[0].edits
    assert Tried().refuses(view, child_of(view.candidates[0], again, "edit"))
    assert not Tried().refuses(view, child_of(view.candidates[2], again, "edit"))


# Screening


def by_size(config: object) -> float:
    """A score that features tell."""
    from search_spaces.config import SystemConfig

    assert isinstance(config, SystemConfig)
    return len(config.agents) / 8


@pytest.fixture(scope="module")
def crowd() -> ArchiveView:
    from random import Random

    from archive.records import Candidate

    rng = Random(1)
    drawn = {config.id: config for config in (SPACE.sample(rng) for _ in range(50))}
    candidates = [
        Candidate(number=number, config=config, operator="sample")
        for number, config in enumerate(drawn.values())
    ]
    return view_of(SPACE, candidates, [by_size(each.config) for each in candidates])


def test_the_value_model_learns_what_makes_good_systems(crowd: ArchiveView) -> None:
    model = fitted(crowd)
    assert model is not None
    assert rank_correlation(crowd, model) > 0.8
    assert model.error < 0.12
    small, large = (
        min(crowd.candidates, key=lambda each: way * len(each.config.agents)) for way in (1, -1)
    )
    low, high = (model.predict(crowd, each.config, ())[0] for each in (small, large))
    assert high - low > 0.3


def test_its_error_is_of_candidates_that_it_was_not_shown(crowd: ArchiveView) -> None:
    """The closed form is what leaving one out and fitting again gives, at the same penalty."""
    model = fitted(crowd)
    assert model is not None
    shuffled = crowd.mean.copy()
    np.random.default_rng(0).shuffle(shuffled)
    noise = view_of(SPACE, crowd.candidates, shuffled.tolist())
    noisy = fitted(noise)
    assert noisy is not None
    assert noisy.error > 0.9 * float(shuffled.std())  # nothing can be learned from noise
    assert Ridge(trust=0.5).model(noise) is None
    assert surprises(crowd).keys() == {each.number for each in crowd.candidates}


@pytest.mark.parametrize("name", SCREENINGS.names())
def test_every_screening_chooses_one_of_the_children(name: str, crowd: ArchiveView) -> None:
    screening = SCREENINGS.find(name)()
    assert screening.written() == name
    children = [Proposal(each.config, "sample") for each in crowd.candidates[:3]]
    assert screening.choose(crowd, children) in children
    assert screening.choose(seen([0.5]), children[:1]) == children[0]
    assert screening.wanted(seen([0.5])) == 1
    assert screening.wanted(crowd) <= screening.most


def test_the_most_promising_child_is_proposed(crowd: ArchiveView) -> None:
    ordered = sorted(crowd.candidates, key=lambda each: len(each.config.agents))
    children = [Proposal(each.config, "sample") for each in (ordered[0], ordered[-1], ordered[1])]
    assert Ridge().choose(crowd, children) == children[1]


def test_screening_helps_a_search_where_features_tell() -> None:
    from evolve.strategies.composed import Composed
    from evolve.strategies.parts.proposers.sample import Sample

    def found(screening: object) -> float:
        strategy = Composed.model_validate({"proposers": [Sample()], "screening": screening})
        means = search(strategy, by_size, steps=30)[-1][0].mean
        return float(means[-12:].mean())

    assert found({"ridge": {"children": 6}}) > found("unscreened") + 0.1


def test_too_few_candidates_are_no_reason_to_predict() -> None:
    assert fitted(seen([0.1, 0.5, 0.9])) is None
    assert surprises(seen([0.1, 0.5, 0.9])) == {}


def test_the_error_of_predictions_is_shown(crowd: ArchiveView) -> None:
    (line,) = Ridge().remarks(crowd)
    model = fitted(crowd)
    assert model is not None
    assert f"off by {100 * model.error:.1f} points" in line
    assert Ridge().remarks(seen([0.5])) == ["the value model has too few candidates to learn from"]
