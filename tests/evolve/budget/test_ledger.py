"""Spend never exceeds a cap, for any purchases in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.budget.ledger import Budget, Ledger, Spend
from evolve.errors import BudgetError

amounts = st.builds(
    Spend,
    st.floats(0, 1),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(0, 5000),
)


@given(
    st.lists(st.tuples(amounts, st.floats(0, 1), st.booleans()), max_size=40),
    amounts,
)
def test_spend_stays_below_every_cap(
    purchases: list[tuple[Spend, float, bool]], aside: Spend
) -> None:
    ledger = Ledger(Budget(usd=5, evaluations=20, calls=100, tokens=20_000))
    if ledger.fits(aside):
        ledger.set_aside = aside
    for number, (worst, share, settle_now) in enumerate(purchases):
        if not ledger.fits(worst):
            continue
        ledger.reserve(number, "search", worst)
        if settle_now:
            actual = Spend(*(type(x)(x * share) for x in worst if x is not None))
            ledger.settle(number, "search", actual)
        total = ledger.settled.plus(ledger.reserved).plus(ledger.set_aside)
        assert total.usd is not None
        assert total.usd <= 5
        assert total.evaluations <= 20
        assert total.calls <= 100
        assert total.tokens <= 20_000


def test_settling_gives_the_rest_of_a_reservation_back() -> None:
    ledger = Ledger(Budget(evaluations=2))
    ledger.reserve(0, "search", Spend(evaluations=2))
    assert not ledger.fits(Spend(evaluations=1))
    ledger.settle(0, "search", Spend(evaluations=1))
    assert ledger.fits(Spend(evaluations=1))


def test_what_is_set_aside_cannot_be_spent() -> None:
    ledger = Ledger(Budget(calls=10))
    ledger.set_aside = Spend(calls=8)
    assert ledger.fits(Spend(calls=2))
    assert not ledger.fits(Spend(calls=3))


def test_a_cap_in_usd_with_an_unknown_price_is_refused() -> None:
    with pytest.raises(BudgetError, match="has no price"):
        Ledger(Budget(usd=1)).fits(Spend(usd=None))
    assert Ledger(Budget(calls=1)).fits(Spend(usd=None, calls=1))


def test_a_budget_must_cap_something() -> None:
    with pytest.raises(ValueError, match="at least one cap"):
        Budget()


def test_the_share_is_that_of_the_tightest_cap() -> None:
    ledger = Ledger(Budget(usd=10, evaluations=4))
    ledger.settle(0, "search", Spend(usd=1, evaluations=2))
    assert ledger.share == 0.5


def test_reservations_add_up_the_same_in_any_order() -> None:
    purchases = [Spend(usd=0.1 * number, calls=number) for number in range(1, 8)]
    there, back = Ledger(Budget(calls=99)), Ledger(Budget(calls=99))
    for number, worst in enumerate(purchases):
        there.reserve(number, "search", worst)
    for number, worst in reversed(list(enumerate(purchases))):
        back.reserve(number, "search", worst)
        back.reserve(number, "search", worst)
    assert there.reserved == back.reserved
    for number in range(len(purchases)):
        there.settle(number, "search", Spend())
    assert there.reserved == Spend()


def test_what_is_often_lost_is_kept_room_for() -> None:
    ledger = Ledger(Budget(calls=100))
    ledger.settle(0, "search", Spend(calls=50))
    assert ledger.fits(Spend(calls=50))
    ledger.lose(Spend(calls=1))
    assert ledger.allowance(40).calls > 3
    assert not ledger.fits(Spend(calls=49))
    assert ledger.fits(Spend(calls=49), last=True)


def test_some_of_every_cap_is_kept_where_calls_may_be_lost() -> None:
    ledger = Ledger(Budget(calls=100))
    ledger.may_lose = True
    assert not ledger.fits(Spend(calls=99))
    assert ledger.fits(Spend(calls=98))


def test_a_lost_call_waits_for_room_that_others_leave() -> None:
    ledger = Ledger(Budget(calls=10))
    ledger.reserve(0, "search", Spend(calls=6))
    ledger.reserve(1, "search", Spend(calls=4))
    ledger.lose(Spend(calls=1))
    assert not ledger.has_room
    ledger.arrive(0, Spend(calls=2))
    assert ledger.under_way == 1
    assert ledger.has_room


def test_calls_in_flight_may_use_what_is_set_aside_for_controls() -> None:
    ledger = Ledger(Budget(calls=10))
    ledger.may_lose = True
    ledger.set_aside, ledger.for_controls = Spend(calls=8), Spend(calls=5)
    assert ledger.covers(Spend(calls=7))
    assert not ledger.covers(Spend(calls=8))
    assert not ledger.fits(Spend(calls=3))
