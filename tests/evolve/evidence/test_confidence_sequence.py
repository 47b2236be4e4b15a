"""Confidence sequences: exact expectations, exactness of whole populations, anytime coverage."""

from itertools import pairwise, permutations
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.evidence.confidence_sequence import Capital, interval, log_growth, threshold

DIFFERENCES = st.lists(st.floats(-1, 1), min_size=1, max_size=25)
FEW = settings(max_examples=25)


@given(mean=st.floats(0.01, 0.99))
def test_every_bet_is_fair_if_the_mean_is_the_supposed_one(mean: float) -> None:
    won, lost = (np.exp(log_growth(np.array(value), np.array(mean))) for value in (1.0, 0.0))
    assert mean * won + (1 - mean) * lost == pytest.approx(np.ones_like(won))


@given(higher=st.floats(0.5, 0.9), value=st.floats(0, 1))
def test_bets_against_a_higher_mean_gain_less(higher: float, value: float) -> None:
    low, high = (log_growth(np.array(value), np.array(mean)) for mean in (0.4, higher))
    assert (high <= low).all()


def test_bets_are_fair_over_all_orders_of_a_population() -> None:
    population = (0.0, 0.3, 0.5, 0.8, 1.0)
    orders = np.array(list(permutations(population)))
    capital = Capital(float(np.mean(population)), len(population), (len(orders),))
    for column in orders.T[:-1]:
        capital.observe(column)
        assert np.exp(capital.log).mean() == pytest.approx(1.0)


@FEW
@given(differences=DIFFERENCES)
def test_a_whole_population_leaves_no_width(differences: list[float]) -> None:
    low, high = interval(differences, population=len(differences))
    assert (low, high) == pytest.approx((np.mean(differences),) * 2, abs=1e-6)


@FEW
@given(differences=DIFFERENCES, others=st.integers(1, 20))
def test_what_a_population_can_still_hold_bounds_its_mean(
    differences: list[float], others: int
) -> None:
    population = len(differences) + others
    low, high = interval(differences, population)
    assert low >= (sum(differences) - others) / population - 1e-6
    assert high <= (sum(differences) + others) / population + 1e-6


@FEW
@given(differences=DIFFERENCES)
def test_an_interval_never_widens(differences: list[float]) -> None:
    intervals = [interval(differences[:number]) for number in range(0, len(differences) + 1, 4)]
    for (low, high), (next_low, next_high) in pairwise(intervals):
        assert next_low >= low - 1e-9
        assert next_high <= high + 1e-9


@FEW
@given(differences=DIFFERENCES)
def test_exchanging_the_systems_mirrors_the_interval(differences: list[float]) -> None:
    low, high = interval(differences)
    assert interval([-each for each in differences]) == pytest.approx((-high, -low))


@pytest.mark.parametrize("population", [None, 150])
def test_a_mean_is_excluded_once_the_capital_against_it_suffices(population: int | None) -> None:
    differences = np.random.default_rng(3).choice([-1, 0, 1], 100, p=[0.1, 0.5, 0.4])
    capital = Capital(0.5, population)
    for number, each in enumerate(differences, start=1):
        capital.observe(np.asarray((each + 1) / 2))
        if number % 5 == 0:
            low, _ = interval(differences[:number].tolist(), population)
            assert (low > 0) == (capital.log_most >= threshold())
    assert exp(capital.log_most) > 40


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.95])
def test_the_truth_is_hardly_ever_excluded_at_any_time(rate: float) -> None:
    values = (np.random.default_rng(1).random((400, 300)) < rate).astype(float)
    above, below = Capital(rate, shape=(400,)), Capital(1 - rate, shape=(400,))
    for column in values.T:
        above.observe(column)
        below.observe(1 - column)
    missed = (above.log_most >= threshold()) | (below.log_most >= threshold())
    assert 0 < missed.mean() <= 0.05


def test_nor_is_that_of_a_finite_population() -> None:
    generator = np.random.default_rng(2)
    population = generator.choice([0.0, 0.5, 1.0], 120, p=[0.2, 0.5, 0.3])
    values = np.array([generator.permutation(population) for _ in range(500)])
    mean = float(population.mean())
    above, below = (Capital(each, 120, (500,)) for each in (mean, 1 - mean))
    for column in values.T:
        above.observe(column)
        below.observe(1 - column)
    missed = (above.log_most >= threshold()) | (below.log_most >= threshold())
    assert 0 < missed.mean() <= 0.05
