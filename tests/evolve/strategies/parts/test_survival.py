"""Survival: each kind keeps the candidates that it should."""

from random import Random

import pytest
from pydantic import ValidationError

from evolve.standings.view import ArchiveView
from evolve.strategies.parts.survival.admission import Admission
from evolve.strategies.parts.survival.base import SURVIVALS, Survival
from evolve.strategies.parts.survival.elite import Elite
from evolve.strategies.parts.survival.everyone import Everyone
from evolve.strategies.parts.survival.islands import Islands
from evolve.strategies.parts.survival.niches import Niches
from tests.evolve.strategies.parts.crowds import seen
from tests.evolve.strategies.searches import SPACE, seeds, view_of


def kept(survival: Survival, view: ArchiveView, seed: int = 0) -> list[int]:
    return sorted(each.number for each in survival.survivors(view, Random(seed)))


@pytest.mark.parametrize("name", SURVIVALS.names())
def test_every_survival_keeps_evaluated_candidates(name: str) -> None:
    view, survival = seen([0.2, 0.4, 0.6]), SURVIVALS.find(name)()
    assert kept(survival, view)
    assert survival.written() == name
    view.evaluations[:] = (0, 5, 5)
    assert 0 not in kept(survival, view)
    view.evaluations[:] = 0
    assert kept(survival, view) == []


def test_the_elite_is_the_best_beyond_doubt() -> None:
    view = seen([0.5, 0.6, 0.7])
    assert kept(Elite(size=2), view) == [1, 2]
    view.deviation[2] = 0.4
    assert kept(Elite(size=2, certainty=1), view) == [0, 1]


def test_costly_candidates_are_no_parents_if_others_are_within_the_cost() -> None:
    view = seen([0.5, 0.6, 0.7])
    object.__setattr__(view, "objective", view.objective.model_copy(update={"cost_at_most": 0.01}))
    view.cost[2] = 0.5
    assert kept(Everyone(), view) == [0, 1]
    view.cost[:] = 0.5
    assert kept(Everyone(), view) == [0, 1, 2]


def test_a_child_is_admitted_if_it_beats_its_best_parent_by_the_margin() -> None:
    view = seen([0.5, 0.5004, 0.5006, 0.7], (1, 0), (2, 0), (3, 0))
    assert kept(Admission(), view) == [0, 2, 3]
    assert kept(Admission(certainty=1), view) == [0, 3]  # ±.1 each: .2 is more than .1414
    assert kept(Admission(certainty=2), view) == [0]


def test_islands_breed_apart_and_send_a_child_on() -> None:
    view = seen([0.5] * 8, (4, 0), (5, 1), (6, 4), (7, 5))
    assert Islands(count=2, migration=0).homes(view) == [0, 1, 0, 1, 0, 1, 0, 1]
    assert Islands(count=2, migration=6).homes(view) == [0, 1, 0, 1, 0, 1, 1, 1]
    found = {tuple(kept(Islands(count=2, migration=0), view, seed)) for seed in range(20)}
    assert found == {(0, 2, 4, 6), (1, 3, 5, 7)}


def test_every_niche_keeps_its_best() -> None:
    view = view_of(SPACE, seeds(SPACE, ("single", "chain_of_thought", "debate")), [0.3, 0.6, 0.1])
    assert kept(Niches(by={"agents": 1}), view) == [1, 2]
    assert kept(Niches(by={"agents": 100}), view) == [1]
    view.cost[:] = (0.001, 0.001 * 2.1, 0.001)
    assert kept(Niches(by={"cost": 1}), view) == [0, 1]


def test_niches_by_what_is_no_feature_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"unknown feature 'agent'; did you mean 'agents'\?"):
        Niches(by={"agent": 1})
