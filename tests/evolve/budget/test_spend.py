"""The table of spend by candidate."""

from evolve.budget.ledger import NOTHING, Spend
from evolve.budget.spend import Spends


def test_a_row_grows_by_what_is_booked() -> None:
    spends = Spends()
    for _ in range(20):
        spends.add()
    spends.book(17, Spend(0.25, 1, 3, 400))
    spends.book(17, Spend(0.5, 1, 1, 100))
    assert spends[17] == Spend(0.75, 2, 4, 500)
    assert spends[16] == NOTHING
    assert Spends.of(spends.rows)[17] == spends[17]


def test_what_is_unknown_stays_unknown() -> None:
    spends = Spends()
    spends.add(Spend(0.25, 1, 3, 400))
    spends.book(0, Spend(None, 1, 1, 100))
    assert spends[0] == Spend(None, 2, 4, 500)
