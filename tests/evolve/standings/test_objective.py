"""The objective: the highest score within a cost, in the run's unit."""

import pytest

from archive.records import CostUnit, Standing, Usage
from evolve.standings.objective import Objective


def standing(number: int, mean: float, cost: float | None) -> Standing:
    return Standing(candidate=number, mean=mean, deviation=0.02, evaluations=9, cost=cost)


def test_limits_and_ties_are_in_the_objectives_unit() -> None:
    known = [standing(0, 0.9, 700.0), standing(1, 0.8, 412.0), standing(2, 0.798, 90.0)]
    assert Objective(cost="tokens").best(known) == known[0]
    assert Objective(cost="tokens", cost_at_most=500).best(known) == known[2]
    assert Objective(cost="tokens", cost_at_most=500, epsilon=0).best(known) == known[1]
    assert Objective(cost="tokens", cost_at_most=50).best(known) is None


@pytest.mark.parametrize(
    ("unit", "amount"), [("usd", 0.25), ("tokens", 130.0), ("calls", 2.0), ("seconds", 1.5)]
)
def test_a_usage_has_a_cost_in_every_unit(unit: CostUnit, amount: float) -> None:
    used = Usage(calls=2, prompt_tokens=100, completion_tokens=30, usd=0.25, seconds=1.5)
    assert used.cost(unit) == amount
    unpriced = used.model_copy(update={"usd": None})
    assert unpriced.cost(unit) == (None if unit == "usd" else amount)
