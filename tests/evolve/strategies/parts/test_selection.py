"""Selection: each kind draws by its formula."""

import asyncio
from math import exp, log, sqrt
from random import Random

import numpy as np
import pytest

from evolve.models.base import Models
from evolve.models.scripted import Scripted
from evolve.strategies.composed import Composed
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import SELECTIONS
from evolve.strategies.parts.selection.hill_climbing import HillClimbing
from evolve.strategies.parts.selection.influence import Influence
from evolve.strategies.parts.selection.lexicase import Lexicase
from evolve.strategies.parts.selection.model_chosen import ModelChosen
from evolve.strategies.parts.selection.nsga2 import Nsga2
from evolve.strategies.parts.selection.pareto import Pareto
from evolve.strategies.parts.selection.similarity import Similarity
from evolve.strategies.parts.selection.soft_mixed import SoftMixed
from evolve.strategies.parts.selection.tournament import Tournament
from evolve.strategies.parts.selection.ucb1 import Ucb1
from evolve.strategies.parts.selection.uct import Tree, Uct
from tests.evolve.strategies.parts.crowds import drawn, seen, share
from tests.evolve.strategies.searches import MODELS, SPACE

RISING = [0.1, 0.3, 0.5, 0.7]


@pytest.mark.parametrize("name", SELECTIONS.names())
@pytest.mark.parametrize("size", [1, 4])
def test_every_selection_draws_different_parents_of_the_pool(name: str, size: int) -> None:
    view = seen(RISING[:size])
    for count in (1, 2):
        for found in drawn(SELECTIONS.find(name)(), view, times=20, count=count):
            assert 1 <= len(found) <= count
            assert len(set(found)) == len(found)
            assert set(found) <= set(range(size))


@pytest.mark.parametrize("name", SELECTIONS.names())
def test_every_selection_draws_the_same_again_and_is_written_as_it_is_read(name: str) -> None:
    view, selection = seen(RISING), SELECTIONS.find(name)()
    assert drawn(selection, view, 10, 2) == drawn(SELECTIONS.find(name)(), view, 10, 2)
    assert selection.written() == name


def test_a_tournament_of_one_draws_uniformly_and_a_large_one_the_best() -> None:
    assert share(drawn(Tournament(size=1), seen(RISING)), 3) == pytest.approx(0.25, abs=0.08)
    assert share(drawn(Tournament(size=30), seen(RISING)), 3) > 0.98


def test_the_soft_mix_is_aflows() -> None:
    found = drawn(SoftMixed(top=3, uniform=0.3, greed=0.2), seen(RISING), 1_500)
    greedy = [exp(0.2 * (score - 70)) for score in (30, 50, 70)]
    for number, each in zip((1, 2, 3), greedy, strict=True):
        expected = 0.3 / 3 + 0.7 * each / sum(greedy)
        assert share(found, number) == pytest.approx(expected, abs=0.03)
    assert share(found, 0) == 0
    assert share(drawn(SoftMixed(top=3, first=True), seen(RISING)), 0) > 0.03


def test_the_soft_mix_may_be_drawn_to_what_is_uncertain() -> None:
    view = seen([0.5, 0.5, 0.5, 0.5])
    view.deviation[2] = 0.4
    assert share(drawn(SoftMixed(), view), 2) == pytest.approx(0.25, abs=0.08)
    certain = SoftMixed(uncertainty=0.5, uniform=0.2)
    weight = exp(0.2 * 0.5 * 40) / (exp(0.2 * 0.5 * 40) + 3 * exp(0.2 * 0.5 * 10))
    assert share(drawn(certain, view, 1_000), 2) == pytest.approx(0.05 + 0.8 * weight, abs=0.05)


def test_upper_bounds_count_task_evaluations_on_both_sides() -> None:
    view = seen([0.6, 0.5])
    view.evaluations[:] = (90, 10)
    bound = Ucb1(exploration=2).bound(view, view.candidates[1])
    assert bound == pytest.approx(0.5 + sqrt(2 * log(100) / 10))
    assert share(drawn(Ucb1(exploration=2), view), 1) == 1
    assert share(drawn(Ucb1(exploration=0), view), 0) == 1


def test_new_arms_are_opened_as_in_a_chinese_restaurant() -> None:
    view = seen([0.5] * 4)
    opened = sum(bool(Ucb1(new_arms=1).starts_anew(view, Random(n))) for n in range(2_000))
    assert opened / 2_000 == pytest.approx(1 / 5, abs=0.03)
    assert Ucb1().starts_anew(view, Random(0)) is None


def test_a_tree_backs_values_up_and_goes_down_where_they_are_high() -> None:
    #      0 (.2)          1 (.6)
    #     /    \
    #  2 (.9)  3 (.7)
    view = seen([0.2, 0.6, 0.9, 0.7], (2, 0), (3, 0))
    tree = Tree(view, view.evaluated)
    assert tree.roots == [0, 1]
    assert tree.visits == {0: 3, 1: 1, 2: 1, 3: 1}
    assert tree.values[0] == pytest.approx(0.6)
    greedy = Uct(exploration=0, widening=1, growth=0.5)  # 3 visits: fewer than 1.73 children grow
    assert set(drawn(greedy, seen([0.2, 0.5, 0.9, 0.7], (2, 0), (3, 0)), 50)) == {(2,)}
    bushy = Uct(exploration=0, widening=3)
    assert set(drawn(bushy, seen([0.2, 0.5, 0.9, 0.7], (2, 0), (3, 0)), 50)) == {(0,)}
    curious = Uct(exploration=5)
    assert share(drawn(curious, view), 1) == 1  # it was visited least


def specialists() -> np.ndarray:
    """Two specialists, one mediocre everywhere, one dominated."""
    scores = np.zeros((4, 12))
    scores[0, :6], scores[1, 6:] = 1, 1
    scores[2] = [0, 1, 0, 1] * 3
    scores[3, :3] = 1
    return scores


@pytest.mark.parametrize("selection", [Lexicase(), Pareto()])
def test_specialists_are_kept_where_tasks_count(selection: Lexicase | Pareto) -> None:
    view = seen([0.5, 0.5, 0.5, 0.25])
    view.scores[:] = specialists()
    found = drawn(selection, view)
    assert share(found, 0) + share(found, 1) > 0.5
    assert min(share(found, 0), share(found, 1)) > 0.2
    assert share(found, 3) == 0


def test_fronts_of_score_and_cost_keep_the_cheap_and_the_good() -> None:
    view = seen([0.3, 0.9, 0.5, 0.2])
    view.cost[:] = (0.001, 0.01, 0.02, 0.02)
    found = drawn(Nsga2(population=2), view)
    assert {who for (who,) in found} == {0, 1}
    view.cost[1] = np.nan  # unknown counts as the highest
    assert share(drawn(Nsga2(population=2), view), 0) > 0.3


def test_partners_are_alike_or_unlike() -> None:
    from tests.evolve.strategies.searches import SPACE, seeds, view_of

    view = view_of(SPACE, seeds(SPACE, ("single", "chain_of_thought", "debate")), [0.9, 0.1, 0.1])
    alike, unlike = Similarity(size=20, diverse=0), Similarity(size=20, diverse=1)
    assert set(drawn(alike, view, 30, 2)) == {(0, 1)}
    assert set(drawn(unlike, view, 30, 2)) == {(0, 2)}
    a, b = (view.candidates[number].config for number in (0, 2))
    assert alike.similarity(a, a) == 1
    less = alike.similarity(a, b) - Similarity(weight=0).similarity(a, b)
    assert less == pytest.approx(-0.3 * (len(b.agents) - len(a.agents)) / 10)


def test_a_climber_is_always_on_from_the_best() -> None:
    assert set(drawn(HillClimbing(), seen(RISING), 10, 2)) == {(3, 2)}


def test_influence_is_how_good_the_children_are() -> None:
    view = seen([0.5, 0.5, 0.9, 0.1], (2, 0), (3, 1))
    found = drawn(Influence(), view)
    assert share(found, 0) > 0.95
    assert share(drawn(Influence(temperature=100), view), 0) == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"rationale": "r", "candidates": [1]}', 1),
        ('Sure: {"rationale": "r", "candidates": [1, 1, 77, 2]}', 1),
        ('{"candidates": "1"}', None),
        ("[[[[", None),
    ],
)
def test_a_model_names_the_parents(reply: str, expected: int | None) -> None:
    models = Models({"small": Scripted(script={"": reply})}, "small")
    first = set()
    for number in range(12):
        turn = Turn(seen(RISING), models, Random(number))
        parents = asyncio.run(ModelChosen().parents(turn, turn.view.evaluated, 2))
        assert len({each.number for each in parents}) == 2
        assert (len(turn.steps), turn.prompts[0].name) == (1, "choose")
        first.add(parents[0].number)
    assert first == {expected} if expected is not None else len(first) > 1


def test_what_a_model_is_asked_stays_within_its_bound() -> None:
    bound = ModelChosen().worst(SPACE, MODELS)
    assert (bound.calls, bound.completion_tokens) == (1, 1000)
    assert ModelChosen(model="meta").asks == ("meta",)
    strategy = Composed(selection=ModelChosen(model="small"))
    assert strategy.asks == ("small",)
    assert strategy.worst(SPACE, MODELS).calls == 1


def test_equal_turns_leave_nothing_behind() -> None:
    view = seen(RISING)
    turn = Turn(view, MODELS, Random(1))
    asyncio.run(SoftMixed().parents(turn, view.evaluated, 2))
    assert not turn.paid
    assert view.evaluated == list(view.candidates)
