"""A share of `benchmarks/faults.py`, through real processes."""

import pytest

from benchmarks.faults import PATIENT, measure

FAILURES_IN_A_ROW = 8
"""After so many, one call tries for all."""


@pytest.mark.full
def test_a_failing_server_changes_nothing_but_the_time() -> None:
    figures = measure(runs=2, share=0.2)
    assert figures["not_as_they_must_be"] == []
    assert figures["not_paused"] == []
    assert len(figures["faults"]) > 8
    assert 0 < figures["further_calls_per_fault"] <= 1
    calls, at_once = figures["calls_to_a_model_that_only_fails"], figures["most_calls_in_flight"]
    assert calls["401"] <= at_once
    assert calls["quota"] <= at_once
    assert calls["500"] <= at_once + FAILURES_IN_A_ROW + PATIENT["retries"]
