"""The measurement of the gate: drawn cases have the truth that they state, and rates are rates."""

import numpy as np
import pytest

from benchmarks.gate import fixed_size, measure, recorded, simulated
from evolve.gate.verdict import Terms
from evolve.lab.bench.matrix import Matrix


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_simulated_differences_have_the_stated_mean_and_variance(correlation: float) -> None:
    cases = simulated(0.1, correlation, 200, 200, seed=0)
    assert cases.differences.mean() == pytest.approx(0.1, abs=0.02)
    assert cases.differences.var() == pytest.approx(cases.variance[0], abs=0.02)


def test_swapped_outcomes_are_ties() -> None:
    outcomes = (np.random.default_rng(0).random((4, 50, 1)) < 0.6).astype(float)
    matrix = Matrix("m", outcomes, np.ones((4, 50)), ("a", "b", "c", "d"))
    assert recorded(matrix, 20, 30, seed=0, swapped=False).truth.any()
    swapped = recorded(matrix, 200, 200, seed=0, swapped=True)
    assert not swapped.truth.any()
    assert abs(swapped.differences.mean()) < 0.02


def test_a_fixed_size_grows_with_power() -> None:
    cases = simulated(0.1, 0.0, 10, 400, seed=0)
    weak, strong = (fixed_size(cases, power, finite=False) for power in (0.5, 0.9))
    assert strong / weak == pytest.approx((1.96 + 1.2816) ** 2 / 1.96**2, rel=0.01)
    assert fixed_size(cases, 0.9, finite=True) < strong


def test_a_row_states_the_rates() -> None:
    row = measure(simulated(0.2, 0.6, 100, 100, seed=0), Terms())
    assert row["better"] >= 90
    assert row["false better"] == 0
    assert row["coverage"] >= 93
