"""What tasks can show: tabled sample sizes, and the share of simulated tests that succeed."""

from math import sqrt
from random import Random
from statistics import fmean, stdev

import pytest

from evolve.audit.noise import noise_of
from evolve.audit.power import deviation, power_of, reach, smallest_gain, tasks_for
from evolve.evidence.intervals import difference_interval
from tests.evolve.audit.repeated import scored


def test_sample_sizes_are_the_tabled_ones() -> None:
    """Paired t tests, two-sided 5 %, power 80 %: 34 pairs for an effect of .5, 199 for .2."""
    assert tasks_for(0.5, 1) == 34
    assert tasks_for(0.2, 1) == 199
    assert reach(34, 1) <= 0.5 < reach(33, 1)


@pytest.mark.full
@pytest.mark.parametrize(("tasks", "comparisons"), [(20, 1), (60, 3), (160, 3)])
def test_four_of_five_tests_of_that_difference_succeed(tasks: int, comparisons: int) -> None:
    rng, gain = Random(f"{tasks}/{comparisons}"), 0.6 * reach(tasks, comparisons)
    shown = [
        difference_interval([rng.gauss(gain, 0.6) for _ in range(tasks)], comparisons)[0] > 0
        for _ in range(3_000)
    ]
    assert fmean(shown) == pytest.approx(0.8, abs=0.025)


def test_trials_take_away_from_the_noise_alone() -> None:
    noiseless = noise_of([scored(1, 1), scored(0, 0)] * 20)
    assert deviation(noiseless, 0.5, 0, 1) == deviation(noiseless, 0.5, 0, 9)
    assert deviation(noiseless, 0.5, 0, 1) == pytest.approx(0.5, abs=0.01)
    noise = noise_of([scored(1, 0), scored(0, 1)] * 20)
    assert deviation(noise, 0.5, 0, 4) == pytest.approx(deviation(noise, 0.5, 0, 1) / 2)
    assert deviation(noise, 0.5, 0, 1) == pytest.approx(sqrt(2 * noise.variance))


@pytest.mark.full
@pytest.mark.parametrize("score", [0.0, 0.1, 0.5, 0.8])
def test_scores_of_0_and_1_differ_no_more_than_predicted(score: float) -> None:
    """Systems as alike as assumed, or as they can be at such scores, where the better one gains."""
    rng, gain = Random(f"coins/{score}"), 0.2
    noise = noise_of([scored(*[float(rng.random() < score)] * 2) for _ in range(4_000)])
    worse = [rng.random() < score for _ in range(20_000)]
    ahead = 0.2 / (1 - score)
    found = stdev((rng.random() < ahead) * (not each) for each in worse)
    assert found == pytest.approx(sqrt(gain * (1 - gain)), rel=0.05), "one never loses"
    assert deviation(noise, score, gain, 1) >= found * 0.97


def test_equal_scores_are_not_taken_for_certainty() -> None:
    for score in (0.0, 1.0):
        noise = noise_of([scored(score, score)] * 10)
        assert deviation(noise, score, 0.1, 1) == pytest.approx(sqrt(0.1 * 0.9))
        assert 0.05 < smallest_gain(noise, score, 100, 1, 3) < 0.2


def test_the_smallest_gain_is_the_one_that_as_many_tasks_show() -> None:
    noise = noise_of([scored(1, 1), scored(0, 0), scored(0, 1)] * 10)
    for tasks in (20, 100, 900):
        gain = smallest_gain(noise, 0.5, tasks, 1, 3)
        assert tasks_for(gain / deviation(noise, 0.5, gain, 1), 3) in (tasks, tasks + 1)


def test_more_tasks_and_fewer_comparisons_show_more() -> None:
    noise = noise_of([scored(1, 1), scored(0, 0), scored(0, 1)] * 10)
    few, many = power_of(noise, 0.5, 40, 3), power_of(noise, 0.5, 160, 3)
    assert many.smallest < few.smallest
    assert power_of(noise, 0.5, 40, 1).smallest < few.smallest
    assert few.smallest_repeated < few.smallest
    tasks = {(each.difference, each.trials): each.tasks for each in few.needed}
    assert tasks[0.02, 1] > tasks[0.02, 3] > tasks[0.05, 3] > tasks[0.1, 3]
