"""What tasks can show: tabled sample sizes, and the share of simulated tests that succeed."""

from math import sqrt
from random import Random
from statistics import fmean

import pytest

from evolve.audit.noise import noise_of
from evolve.audit.power import deviation, power_of, smallest, tasks_for
from evolve.evidence.intervals import difference_interval
from tests.evolve.audit.repeated import scored


def test_sample_sizes_are_the_tabled_ones() -> None:
    """Paired t tests, two-sided 5 %, power 80 %: 34 pairs for an effect of .5, 199 for .2."""
    assert tasks_for(0.5, 1.0, 1) == 34
    assert tasks_for(0.2, 1.0, 1) == 199
    assert smallest(34, 1.0, 1) <= 0.5 < smallest(33, 1.0, 1)


@pytest.mark.full
@pytest.mark.parametrize(("tasks", "comparisons"), [(20, 1), (60, 3), (160, 3)])
def test_four_of_five_tests_of_that_difference_succeed(tasks: int, comparisons: int) -> None:
    rng, gain = Random(f"{tasks}/{comparisons}"), smallest(tasks, 0.6, comparisons)
    shown = [
        difference_interval([rng.gauss(gain, 0.6) for _ in range(tasks)], comparisons)[0] > 0
        for _ in range(3_000)
    ]
    assert fmean(shown) == pytest.approx(0.8, abs=0.025)


def test_trials_take_away_from_the_noise_alone() -> None:
    noiseless = noise_of([scored(1, 1), scored(0, 0)] * 20)
    assert deviation(noiseless, 0.5, 1) == deviation(noiseless, 0.5, 9)
    assert deviation(noiseless, 0.5, 1) == pytest.approx(0.5, abs=0.01), "as at a score of .5"
    noise = noise_of([scored(1, 0), scored(0, 1)] * 20)
    assert deviation(noise, 0.5, 4) == pytest.approx(deviation(noise, 0.5, 1) / 2)
    assert deviation(noise, 0.5, 1) == pytest.approx(sqrt(2 * noise.variance))


def test_equal_scores_are_not_taken_for_certainty() -> None:
    noise = noise_of([scored(1, 1)] * 10)
    assert deviation(noise, 1.0, 1) == pytest.approx(sqrt(11 / 12 / 12))


def test_more_tasks_and_fewer_comparisons_show_more() -> None:
    noise = noise_of([scored(1, 1), scored(0, 0), scored(0, 1)] * 10)
    few, many = power_of(noise, 0.5, 40, 3), power_of(noise, 0.5, 160, 3)
    assert many.smallest < few.smallest
    assert power_of(noise, 0.5, 40, 1).smallest < few.smallest
    assert few.smallest_repeated < few.smallest
    tasks = {(each.difference, each.trials): each.tasks for each in few.needed}
    assert tasks[0.02, 1] > tasks[0.02, 3] > tasks[0.05, 3] > tasks[0.1, 3]
