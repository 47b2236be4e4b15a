"""The confirmation reserve: tasks × (contender + seed) + one worst case."""

import numpy as np
import pytest

from archive.records import Usage
from evolve.budget.ledger import Budget, Spend
from evolve.budget.reserve import (
    FEW,
    LIKELY,
    MEAN,
    UPPER,
    ConfirmationReserve,
    Limits,
    Reserve,
    bounds,
)
from evolve.standings.objective import Objective
from tests.evolve.budget.searches import Guarded, Paid, evaluate, guarded, observe


def limits(search: Guarded) -> Limits:
    rows = search.guard.worst.rows
    return Limits(rows, rows)


def steps(
    search: Guarded, tasks: int, cost_at_most: float | None = None, *, controls: bool = False
) -> list[Reserve]:
    objective = Objective(cost_at_most=cost_at_most)
    reserve = ConfirmationReserve(search.state, objective, tasks, controls=controls)
    return list(reserve.steps(limits(search)))


def evaluated(
    budget: Budget,
    scores: tuple[float, float],
    times: int = 9,
    tasks: int = 20,
    *,
    found: bool = False,
) -> Guarded:
    """Both candidates, evaluated on as many tasks, each time with the same score."""
    search = guarded(budget, tasks=tasks, found=found)
    for task in range(times):
        for candidate, score in enumerate(scores):
            evaluate(search.state, candidate, score, task)
    return search


def test_an_upper_bound_is_a_mean_and_standard_errors() -> None:
    used, worst = np.array([[4.0, 4, 40, 400]]), np.array([[9.0, 1, 20, 900]])
    each = bounds(used, worst, np.array([0]), tasks=3, errors=UPPER)
    # 4 evaluations of its own and 2 as all took of their worst cases, which is the same.
    assert each[0, 0] == pytest.approx(1 + UPPER * np.sqrt(1 / 6 + 1 / 3))
    assert bounds(used, worst, np.array([0]), 3, MEAN)[0].tolist() == [1.0, 1, 10, 100]


def test_a_candidate_without_results_takes_of_its_worst_case_what_the_others_took() -> None:
    used = np.array([[100.0, 100, 100, 100], [0.0, 0, 0, 0], [6.0, 2, 6, 6]])
    worst = np.array([[2.0, 1, 2, 2], [6.0, 1, 6, 6], [10.0, 1, 10, 10]])
    share = 106 / (100 * 2 + 2 * 10)
    each = bounds(used, worst, np.array([1, 2]), tasks=1, errors=MEAN)
    assert each[0, 0] == pytest.approx(6 * share)
    assert each[1, 0] == pytest.approx((6 + 2 * 10 * share) / 4)


def test_more_evaluations_lower_the_bound() -> None:
    few, many = np.array([[1.0, 1, 1, 1]]), np.array([[100.0, 100, 100, 100]])
    worst, rows = np.array([[9.0, 1, 9, 9]]), np.array([0])
    assert bounds(few, worst, rows, 50, UPPER)[0, 0] > 2 * bounds(many, worst, rows, 50, MEAN)[0, 0]
    assert bounds(many, worst, rows, 50, UPPER)[0, 0] < bounds(few, worst, rows, 50, LIKELY)[0, 0]


def test_the_reserve_covers_the_costliest_contender_and_seed_on_every_task() -> None:
    search = evaluated(Budget(calls=1000), (1.0, 1.0))
    first = steps(search, tasks=2)[0]
    assert first.contenders.tolist() == [0, 1]
    assert first.seeds.tolist() == [0, 1]
    assert first.amount.evaluations == 2 * 2
    # 3 calls are its worst case, which its upper bound exceeds; one worst case is added.
    assert first.amount.calls == 2 * (3 + 3) + 3


def test_without_sealed_tasks_nothing_is_set_aside() -> None:
    search = evaluated(Budget(calls=1000), (1.0, 1.0))
    assert {each.amount for each in steps(search, tasks=0)} == {Spend()}


def test_a_candidate_above_the_allowed_cost_is_no_contender_but_may_be_the_best_seed() -> None:
    search = evaluated(Budget(calls=1000), (1.0, 1.0))
    first = steps(search, tasks=2, cost_at_most=2e-5)[0]
    assert first.contenders.tolist() == [0]
    assert first.seeds.tolist() == [0, 1]


def test_a_candidate_far_below_the_best_is_no_contender() -> None:
    search = evaluated(Budget(calls=1000), (1.0, 0.0), times=20)
    assert steps(search, tasks=2)[0].contenders.tolist() == [0]


def test_a_candidate_that_would_take_most_of_a_cap_is_no_contender() -> None:
    search = evaluated(Budget(tokens=7_000), (0.0, 1.0))
    first = steps(search, tasks=50)[0]
    assert first.contenders.tolist() == [0], "50 × 30 tokens and one worst case exceed the half"


def test_each_step_sets_less_aside() -> None:
    search = evaluated(Budget(tokens=100_000), (1.0, 1.0), times=3)
    amounts = [each.amount.tokens for each in steps(search, tasks=50)]
    assert len(amounts) == 3
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > amounts[-1]


def test_the_best_contender_is_never_left_out() -> None:
    search = evaluated(Budget(tokens=100_000), (0.5, 0.6), times=1)
    assert all(1 in each.contenders for each in steps(search, tasks=50))


@pytest.mark.parametrize(("times", "errors"), [(FEW - 1, MEAN), (FEW, UPPER)])
def test_means_take_the_place_of_upper_bounds_only_while_little_is_known(
    times: int, errors: float
) -> None:
    search = evaluated(Budget(tokens=10**6), (1.0, 1.0), times)
    last = steps(search, tasks=50)[-1]
    tested = np.concatenate([last.contenders, last.seeds])
    used, worst = search.state.consumption.used.rows, search.guard.worst.rows
    each = bounds(used, worst, tested, 50, errors)
    assert last.per_task[3] == each[:, 3].sum()


def test_a_seed_that_wins_is_tested_once() -> None:
    search = evaluated(Budget(calls=1000), (1.0, 1.0))
    reserve = ConfirmationReserve(search.state, Objective(), 2)
    assert reserve.of_pair(1, 1, limits(search)).calls == 2 * 3 + 3
    assert reserve.of_pair(1, 0, limits(search)).calls == 2 * (3 + 1) + 3


def test_unknown_seeds_count_at_their_worst_case_where_models_are_not_trusted() -> None:
    state, guard = guarded(Budget(tokens=10**9), model=Paid)
    observe(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    guard.set_aside()
    assert guard.cautious_reserve.tokens > 2 * 2 * guard.worst[1].tokens
    observe(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3))
    guard.set_aside()
    assert guard.cautious_reserve == state.ledger.set_aside


def test_the_control_of_a_contender_that_asks_more_than_once_is_covered_at_its_mean_cost() -> None:
    search = evaluated(Budget(tokens=100_000), (0.0, 1.0), times=20, found=True)
    (without,) = steps(search, tasks=50)
    (covered,) = steps(search, tasks=50, controls=True)
    used, worst = search.state.consumption.used.rows, search.guard.worst.rows
    mean = bounds(used, worst, np.array([1]), 50, MEAN)[0]
    assert covered.per_task.tolist() == (without.per_task + mean).tolist()
    assert covered.amount.evaluations == 3 * 50
    assert covered.controls.evaluations == 50
    assert without.controls == Spend()
    assert covered.cautious.tokens > without.cautious.tokens


def test_the_best_seed_needs_no_control() -> None:
    search = evaluated(Budget(tokens=100_000), (0.0, 1.0), times=20)
    assert steps(search, tasks=50, controls=True)[-1].amount.evaluations == 2 * 50


def test_controls_are_left_out_where_they_would_take_much_of_a_cap() -> None:
    search = evaluated(Budget(evaluations=378), (0.0, 1.0), times=20, found=True)
    assert steps(search, tasks=50, controls=True)[-1].amount.evaluations == 150
    search = evaluated(Budget(evaluations=377), (0.0, 1.0), times=20, found=True)
    assert steps(search, tasks=50, controls=True)[-1].amount.evaluations == 100


def test_a_control_costs_what_its_origin_does_times_the_ratio_of_their_worst_cases() -> None:
    search = evaluated(Budget(calls=1000), (0.0, 1.0), times=20, found=True)
    reserve = ConfirmationReserve(search.state, Objective(), 2)
    own, known = (reserve.of_control(1, like, limits(search)) for like in (1, 0))
    assert own.calls == known.calls == 2 * 3 + 3, "three votes of the single agent"
    assert known.tokens == pytest.approx(own.tokens, rel=0.01)
    assert known.evaluations == 2
