"""A share of `benchmarks/spend.py`."""

import pytest

from benchmarks.spend import CONFIRMED, judge, measure


@pytest.mark.full
@pytest.mark.parametrize(
    "seed",
    [
        2,
        3,
        pytest.param(0, id="0: the best seed turns out to be a costly one"),
        pytest.param(18, id="18: judges write 300 times what they may"),
        pytest.param(389, id="389: time is short and few evaluations fit at once"),
        pytest.param(475, id="475: a costly seed overtakes a cheap one"),
        pytest.param(806, id="806: the same, where calls get lost"),
        pytest.param(513, id="513: a call waits for one that waits for room"),
    ],
)
def test_no_cap_is_exceeded_and_confirmation_fits(seed: int) -> None:
    verdict = judge(seed)
    assert verdict.wrong == []
    assert verdict.confirmed == CONFIRMED


@pytest.mark.full
def test_no_cap_is_exceeded_whatever_endpoints_do() -> None:
    figures = measure(first=100, runs=50)
    assert figures["wrong"] == {}
    assert len(figures["confirmed_on_fewer_tasks"]) <= 1
    assert figures["runs"] > 40
