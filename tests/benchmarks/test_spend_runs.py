"""A share of `benchmarks/spend.py`."""

import pytest

from benchmarks.spend import judge, measure


@pytest.mark.parametrize("seed", [2, 3])
def test_no_cap_is_exceeded(seed: int) -> None:
    verdict = judge(seed)
    assert verdict.wrong == []
    assert verdict.evaluations > 0


@pytest.mark.full
def test_no_cap_is_exceeded_whatever_endpoints_do() -> None:
    figures = measure(first=100, runs=50)
    assert figures["wrong"] == {}
    assert figures["runs"] > 40
