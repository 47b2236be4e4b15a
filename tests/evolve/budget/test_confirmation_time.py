"""A cap on time leaves room for confirming."""

from archive.records import Usage
from evolve.budget.confirmation_time import SLOWER
from evolve.budget.ledger import Budget
from tests.evolve.budget.searches import Guarded, guarded, observe


def seconds_to_end(search: Guarded, slots: int) -> float:
    search.guard.set_aside()
    return search.guard.seconds_to_end(slots)


def test_time_is_kept_for_confirming() -> None:
    search = guarded(Budget(seconds=100))
    assert seconds_to_end(search, 4) == 0
    observe(search.state, 0, 1.0, Usage(calls=1))
    assert seconds_to_end(search, 4) == SLOWER * 2
    assert seconds_to_end(search, 1) == SLOWER * 5
    assert search.guard.seconds_of(0) == SLOWER


def test_without_a_cap_on_time_none_is_kept() -> None:
    search = guarded(Budget(calls=100))
    observe(search.state, 0, 1.0, Usage(calls=1))
    assert seconds_to_end(search, 4) == 0


def test_time_is_kept_for_as_many_at_once_as_other_caps_leave_room_for() -> None:
    search = guarded(Budget(seconds=100, tokens=3_000))
    observe(search.state, 0, 1.0, Usage(calls=1, completion_tokens=9))
    # Of its worst case, more than 1,000 tokens, not all four fit at once.
    assert SLOWER * 2 < seconds_to_end(search, 64) <= SLOWER * 5
