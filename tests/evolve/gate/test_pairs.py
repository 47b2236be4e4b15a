"""Pairs: results count in the order of the tasks, and only a few tasks run ahead."""

from archive.records import Rollout, Score, Trace, Usage
from evolve.budget.ledger import Budget, Spend
from evolve.engine.state import SearchState
from evolve.engine.unscored import ATTEMPTS
from evolve.gate.pairs import NEW, OLD, Pairs, bought_by, spent_on
from evolve.gate.verdict import Terms, Verdict
from evolve.tasks.base import Task, TaskInput

TASKS = [Task(number=n, input=TaskInput(id=str(n), text="?"), answer="") for n in range(30)]


def made(evaluations: int = 60) -> tuple[SearchState, Pairs]:
    state = SearchState(TASKS, Budget(evaluations=evaluations), "usd")
    return state, Pairs(state, TASKS, Terms())


def settle(state: SearchState, number: int, old: float, new: float) -> None:
    for side, value in ((OLD, old), (NEW, new)):
        state.confirmed[side, number] = Rollout(
            decision=0,
            position=0,
            candidate=side,
            task=number,
            purpose="confirm",
            score=Score(value=value),
            trace=Trace(answer="", usage=Usage(calls=1, usd=0.5)),
            at=0.0,
        )
        state.ledger.settle(2 * number + side, "confirm", Spend(evaluations=1))


def test_a_difference_counts_once_all_before_it_are_known() -> None:
    state, pairs = made()
    settle(state, 1, 0.0, 1.0)
    pairs.update()
    assert pairs.differences == []
    settle(state, 0, 1.0, 0.0)
    pairs.update()
    assert pairs.differences == [-1.0, 1.0]
    assert pairs.compared == [0, 1]


def test_a_task_without_a_score_is_left_out_for_both() -> None:
    state, pairs = made()
    settle(state, 1, 0.0, 1.0)
    for _ in range(ATTEMPTS):
        state.unscored.add(NEW, 0)
    pairs.update()
    assert (pairs.compared, pairs.unscored) == ([1], 1)


def test_few_tasks_are_bought_ahead() -> None:
    state, pairs = made()
    assert pairs.limit() == 2 * bought_by(0, 30) == 10
    settle(state, 0, 0.0, 1.0)
    assert pairs.limit() == 12
    assert bought_by(80, 1000) == 90
    assert bought_by(28, 30) == 30


def test_nothing_more_is_bought_after_a_clear_verdict() -> None:
    state, pairs = made()
    for number in range(10):
        settle(state, number, 0.0, 1.0)
    assert pairs.limit() == 0
    assert pairs.verdict is Verdict.BETTER
    assert pairs.e_value > 40
    assert pairs.p_value < 0.025


def test_a_cap_that_leaves_no_hope_ends_it() -> None:
    for evaluations, over in ((50, True), (20_000, False)):
        state = SearchState(TASKS, Budget(evaluations=evaluations), "usd")
        order = [
            task.model_copy(update={"number": number})
            for number in range(5000)
            for task in TASKS[:1]
        ]
        pairs = Pairs(state, order, Terms())
        for number in range(20):
            settle(state, number, number % 2, 1 - number % 2)
        pairs.update()
        assert pairs.is_over == over


def test_the_calls_of_judges_are_part_of_the_spend() -> None:
    state, _ = made()
    settle(state, 0, 1.0, 1.0)
    assert spent_on(state.confirmed.values()).usd == 1.0
