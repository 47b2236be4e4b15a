"""How long replies get is learned from results; the unknown is feared, the known believed."""

import pytest

from archive.records import Usage
from evolve.excess import MARGIN, RAMBLING, Bound, Excess
from evolve.ledger import Spend
from evolve.models.base import Models, Price
from evolve.models.scripted import Scripted


def usage(completion_tokens: int, excess: int = 0) -> Usage:
    return Usage(calls=1, completion_tokens=completion_tokens, excess=excess)


def test_nothing_is_believed_of_an_unknown_model() -> None:
    assert Excess().known(["new"]) == 1
    assert not Excess().knows(["new"])


def test_who_keeps_limits_is_believed_after_one_result() -> None:
    excess = Excess()
    excess.learn(["one"], usage(100))
    assert excess.known(["one"]) == 1
    assert excess.knows(["one"])
    assert not excess.knows(["one", "new"])


def test_who_outgrows_limits_may_do_so_again_and_further() -> None:
    excess = Excess()
    excess.learn(["one"], usage(300, excess=200))
    excess.learn(["one"], usage(150, excess=50))
    assert excess.known(["one"]) == 3 * MARGIN


def test_no_calls_tell_nothing() -> None:
    excess = Excess()
    excess.learn(["one"], Usage())
    assert excess.seen == {}


def bound() -> Bound:
    """Two calls with prompts of 1,000 tokens and replies of 50, which are dearer."""
    price = Price(prompt=1.0, completion=4.0)
    models = Models({"one": Scripted(script={}, price=price)}, "one")
    usage = Usage(calls=2, prompt_tokens=2_000, completion_tokens=100, usd=2_400e-6)
    return Bound.of(usage, 1, models)


def test_longer_replies_make_no_prompt_longer() -> None:
    assert bound().stretched(1) == Spend(2_400e-6, 1, 2, 2_100)
    assert bound().stretched(3).tokens == 2_000 + 300
    assert bound().stretched(3).usd == pytest.approx(2_000e-6 + 3 * 400e-6)


def test_replies_that_ramble_have_as_many_tokens_whatever_was_asked_for() -> None:
    assert bound().stretched(bound().rambling).tokens == 2_000 + 2 * RAMBLING
