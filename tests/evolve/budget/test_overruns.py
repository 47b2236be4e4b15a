"""How far replies outgrow their limits is observed from results."""

import pytest

from archive.records import Usage
from evolve.budget.ledger import Spend
from evolve.budget.overruns import MARGIN, UNLIMITED, Bound, Overruns
from evolve.models.base import Models
from evolve.models.price import Price
from evolve.models.scripted import Scripted


def usage(completion_tokens: int, overrun: int = 0) -> Usage:
    return Usage(calls=1, completion_tokens=completion_tokens, overrun=overrun)


def test_an_unknown_model_is_not_covered() -> None:
    assert Overruns().factor(["new"]) == 1
    assert not Overruns().covers(["new"])


def test_a_model_that_keeps_its_limit_is_covered_after_one_result() -> None:
    overruns = Overruns()
    overruns.observe(["one"], usage(100))
    assert overruns.factor(["one"]) == 1
    assert overruns.covers(["one"])
    assert not overruns.covers(["one", "new"])


def test_a_model_that_outgrew_its_limit_may_do_so_again_and_further() -> None:
    overruns = Overruns()
    overruns.observe(["one"], usage(300, overrun=200))
    overruns.observe(["one"], usage(150, overrun=50))
    assert overruns.factor(["one"]) == 3 * MARGIN


def test_without_calls_nothing_is_observed() -> None:
    overruns = Overruns()
    overruns.observe(["one"], Usage())
    assert overruns.seen == {}


def bound() -> Bound:
    """Two calls with prompts of 1,000 tokens and replies of 50, which cost more."""
    price = Price(prompt=1.0, completion=4.0)
    models = Models({"one": Scripted(script={}, price=price)}, "one")
    usage = Usage(calls=2, prompt_tokens=2_000, completion_tokens=100, usd=2_400e-6)
    return Bound.of(usage, 1, models)


def test_longer_replies_leave_prompts_as_they_are() -> None:
    assert bound().stretched(1) == Spend(2_400e-6, 1, 2, 2_100)
    assert bound().stretched(3).tokens == 2_000 + 300
    assert bound().stretched(3).usd == pytest.approx(2_000e-6 + 3 * 400e-6)


def test_unlimited_replies_have_the_same_length_whatever_the_limit() -> None:
    assert bound().stretched(bound().unlimited).tokens == 2_000 + 2 * UNLIMITED
