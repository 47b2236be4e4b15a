"""Coverage of intervals, also for equal values."""

from random import Random

import pytest

from evolve.evidence.intervals import difference_interval, mean_interval


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_intervals_have_their_nominal_coverage(rate: float) -> None:
    rng = Random(str(rate))
    covered = 0
    for _ in range(1000):
        low, high = mean_interval([float(rng.random() < rate) for _ in range(60)])
        covered += low <= rate <= high
    assert 0.92 <= covered / 1000 <= 0.98


def test_equal_values_do_not_look_certain() -> None:
    assert mean_interval([1.0] * 30) == (0.9, 1.0)
    assert difference_interval([0.0] * 30) == (-0.1, 0.1)


def test_an_interval_narrows_with_more_values() -> None:
    few, many = difference_interval([0.0, 1.0] * 5), difference_interval([0.0, 1.0] * 50)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
