"""Verdicts: what differences support, when the test ends, and how often it is wrong."""

import numpy as np
import pytest

from evolve.gate.sequential_test import SequentialTest
from evolve.gate.verdict import Terms, Verdict

TERMS = Terms(margin=0.1)


def observed(
    *differences: float, terms: Terms = TERMS, population: int | None = None
) -> SequentialTest:
    test = SequentialTest(terms, population)
    for each in differences:
        test.observe(np.asarray(each))
    return test


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([], Verdict.UNDECIDED),
        ([1.0] * 9, Verdict.BETTER),
        ([1.0] * 4, Verdict.UNDECIDED),
        ([-1.0] * 12, Verdict.WORSE),
        ([0.0] * 200, Verdict.NOT_WORSE),
        ([1.0, -1.0] * 100, Verdict.UNDECIDED),
    ],
)
def test_the_verdict_is_what_the_differences_show(
    differences: list[float], verdict: Verdict
) -> None:
    assert observed(*differences).claims.verdict() is verdict


def test_the_margin_decides_what_not_worse_means() -> None:
    wide, narrow = (
        observed(*[0.0] * 60, terms=Terms(margin=margin)).claims for margin in (0.3, 0.01)
    )
    assert wide.not_worse
    assert not narrow.not_worse


def test_a_claim_holds_to_the_end() -> None:
    test = observed(*[1.0] * 9, *[-1.0] * 9)
    assert test.claims.verdict() is Verdict.BETTER


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.0] * 9 + [1.0], Verdict.BETTER),
        ([0.0] * 10, Verdict.NOT_WORSE),
        ([1.0, -1.0] * 5, Verdict.NOT_WORSE),
        ([0.0] * 9 + [-1.0], Verdict.WORSE),
    ],
)
def test_a_whole_population_always_has_a_verdict(
    differences: list[float], verdict: Verdict
) -> None:
    test = observed(*differences, terms=Terms(margin=0.0), population=10)
    assert test.claims.verdict() is verdict


def test_a_loss_of_exactly_the_margin_is_not_worse() -> None:
    test = observed(*[0.0] * 9, -1.0, terms=Terms(margin=0.1), population=10)
    assert test.claims.verdict() is Verdict.NOT_WORSE


def test_it_ends_with_a_clear_verdict() -> None:
    assert observed(*[1.0] * 9).is_over(100)
    assert observed(*[-1.0] * 12).is_over(100)
    assert not observed(1.0, -1.0).is_over(100)
    assert observed(1.0, -1.0).is_over(0)


def test_not_worse_ends_it_only_if_that_suffices() -> None:
    differences = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0] * 4
    for stop_at, over in (("better", False), ("not-worse", True)):
        test = observed(*differences, terms=Terms(margin=0.3, stop_at=stop_at))
        assert test.claims.verdict() is Verdict.NOT_WORSE
        assert test.is_over(1000) == over


def test_it_ends_if_further_tasks_are_unlikely_to_matter() -> None:
    tied = [1.0, -1.0] * 20
    assert observed(*tied).is_over(5)
    assert not observed(*tied).is_over(5000)
    assert not observed(*tied, population=45).is_over(5), "the last tasks decide"


def test_a_population_is_evaluated_to_its_end_only_if_that_may_matter() -> None:
    terms = Terms(margin=0.3)
    level = observed(*[1.0, -1.0] * 20, terms=terms, population=42)
    behind = observed(*[-1.0] * 5, *[0.0] * 35, terms=terms, population=42)
    assert level.claims.verdict() is behind.claims.verdict() is Verdict.NOT_WORSE
    assert not level.is_over(2)
    assert behind.is_over(2)


@pytest.mark.parametrize("agreement", [0.2, 0.7])
def test_equal_systems_are_hardly_ever_told_apart(agreement: float) -> None:
    shares = [(1 - agreement) / 2, agreement, (1 - agreement) / 2]
    drawn = np.random.default_rng(4).choice([-1.0, 0.0, 1.0], (400, 150), p=shares)
    test = SequentialTest(Terms(margin=0.0), None, (400,))
    for column in drawn.T:
        test.observe(column)
    assert 0 < test.claims.better.mean() <= 0.025
    assert 0 < test.claims.worse.mean() <= 0.025
