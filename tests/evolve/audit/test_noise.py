"""Noise between repetitions: published values, limits, and the truth of simulated scores."""

from random import Random

import pytest

from evolve.audit.noise import noise_of, variance_components, worth
from evolve.audit.repetitions import Repeated
from tests.evolve.audit.repeated import rollout, scored, task

RATINGS = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
"""Table 2 of Shrout & Fleiss (1979); ICC(1,1) = .17, mean square within 6.26."""


def test_a_published_table_has_its_published_correlation() -> None:
    within, between = variance_components(RATINGS)
    assert within == pytest.approx(6.26, abs=0.005)
    assert between / (within + between) == pytest.approx(0.17, abs=0.005)


def test_groups_of_different_size_give_the_true_components() -> None:
    rng = Random("components")
    groups = [
        [mean + rng.gauss(0, 2) for _ in range(rng.choice((1, 2, 5)))]
        for mean in (rng.gauss(0, 3) for _ in range(4_000))
    ]
    within, between = variance_components(groups)
    assert within == pytest.approx(4, rel=0.05)
    assert between == pytest.approx(9, rel=0.05)


def test_a_change_is_counted_by_pairs_of_repetitions() -> None:
    noise = noise_of([scored(1, 1, 0), scored(1, 1, 1), scored(0, 0, 0), scored(1)])
    assert (noise.tasks, noise.evaluations, noise.differing) == (3, 9, 1)
    assert noise.changed == pytest.approx(2 / 3 / 3)
    low, high = noise.changed_interval
    assert low <= noise.changed <= high


def test_equal_repetitions_are_no_noise_and_equal_tasks_no_signal() -> None:
    assert noise_of([scored(1, 1), scored(0, 0)]).icc == 1
    assert noise_of([scored(1, 0), scored(0, 1), scored(1, 0)]).icc == 0
    assert noise_of([scored(1, 1), scored(1, 1)]).icc is None


def test_a_scorer_that_marks_equal_answers_differently_is_counted() -> None:
    same = Repeated(task("a"), (rollout("Yes.", 1.0), rollout("yes", 0.4)))
    other = Repeated(task("b"), (rollout("yes", 1.0), rollout("no", 0.4)))
    assert noise_of([same, other]).scorer_differs == 1


def test_trials_are_worth_fewer_tasks_the_more_alike_they_are() -> None:
    assert worth(3, 0.0) == 3
    assert worth(3, 1.0) == 1
    assert worth(3, 0.5) == 1.5
