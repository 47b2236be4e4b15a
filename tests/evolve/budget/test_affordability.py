"""Which candidates fit within the caps, and how the reserve gives way to the search."""

from math import inf

import numpy as np

from evolve.budget.ledger import Budget, Spend
from tests.evolve.budget.searches import evaluate, guarded


def test_a_candidate_is_affordable_if_its_worst_case_fits() -> None:
    state, guard = guarded(Budget(calls=10))
    assert guard.affordable().tolist() == [True, True]
    state.ledger.settle(0, "search", Spend(calls=8))
    assert guard.affordable().tolist() == [True, False]
    state.ledger.set_aside = Spend(calls=2)
    assert guard.affordable().tolist() == [False, False]


def test_the_budget_is_exhausted_if_a_contender_with_tasks_left_does_not_fit() -> None:
    state, guard = guarded(Budget(calls=100), tasks=2)
    evaluate(state, 0, 1.0)
    evaluate(state, 1, 1.0)
    guard.set_aside()
    assert not guard.exhausted
    room = int(state.ledger.room[2])
    state.ledger.settle(2, "search", Spend(calls=room - 2))
    assert guard.exhausted  # the second one asks three times
    evaluate(state, 1, 1.0, task=1)
    guard.set_aside()
    assert not guard.exhausted  # it has no tasks left


def test_as_many_at_once_as_fit_beside_those_in_flight() -> None:
    state, guard = guarded(Budget(calls=10))
    both, none = np.array([True, True]), np.array([False, False])
    assert guard.at_once(both) == 10
    assert guard.at_once(np.array([False, True])) == 10 / 3
    state.ledger.reserve(0, "search", Spend(calls=4))
    state.ledger.set_aside = Spend(calls=2)
    assert guard.at_once(both) == 4
    assert guard.at_once(none) == 0
    _, uncapped = guarded(Budget(seconds=60))
    assert uncapped.at_once(both) == inf


def test_a_winner_can_be_confirmed_if_what_is_left_covers_it() -> None:
    state, guard = guarded(Budget(calls=24))
    evaluate(state, 0, 1.0)
    evaluate(state, 1, 1.0)
    # At one standard error above means that are shrunk: 2 tasks of 3 + 3 calls, and 3 at worst.
    assert guard.can_confirm(1, beside=0)
    state.ledger.settle(9, "search", Spend(calls=11))
    assert not guard.can_confirm(1, beside=0)
    assert guard.can_confirm(0, beside=0)


def test_a_costly_contender_does_not_keep_the_best_from_being_evaluated() -> None:
    state, guard = guarded(Budget(calls=16), tasks=2)
    evaluate(state, 1, 1.0, 0)
    evaluate(state, 1, 0.0, 1)
    evaluate(state, 0, 1.0)
    guard.set_aside()
    assert state.standings.best == 0
    assert guard.affordable()[0], "the reserve was lowered until something could be bought"


def test_a_leader_that_costs_too_much_to_confirm_does_not_end_the_search() -> None:
    state, guard = guarded(Budget(tokens=7_000), tasks=20, sealed=50)
    for task in range(9):
        evaluate(state, 0, 0.0, task)
        evaluate(state, 1, 1.0, task)
    guard.set_aside()
    assert state.standings.best == 1
    assert guard.affordable()[0]


def test_a_search_continues_while_little_is_known_of_costs() -> None:
    state, guard = guarded(Budget(tokens=9_000), tasks=20, sealed=50)
    evaluate(state, 0, 0.0)
    evaluate(state, 1, 1.0)
    guard.set_aside()
    assert guard.affordable()[1], "at upper bounds after one evaluation, none would fit"
