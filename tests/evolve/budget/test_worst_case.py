"""Worst cases follow what was observed of the models."""

from archive.records import Usage
from evolve.budget.ledger import Budget
from evolve.budget.overruns import UNLIMITED
from tests.evolve.budget.searches import LIMIT, Paid, configuration, guarded, observe


def test_an_unknown_model_may_ignore_its_limit_until_its_first_result() -> None:
    state, guard = guarded(Budget(calls=100), model=Paid)
    prompt_tokens = guard.worst[0].tokens - LIMIT
    assert guard.worst.cautious[0].tokens == UNLIMITED + prompt_tokens
    observe(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    guard.worst.revise()
    assert guard.worst.cautious[0] == guard.worst[0]


def test_a_model_that_exceeded_its_limit_gets_a_new_bound() -> None:
    state, guard = guarded(Budget(calls=100), model=Paid)
    before = list(guard.worst)
    observe(state, 0, 1.0, Usage(calls=1, completion_tokens=3000, overrun=2000))
    guard.worst.revise()
    for old, new in zip(before, guard.worst, strict=True):
        assert new.tokens == old.tokens + 5 * LIMIT * old.calls, "prompts are as long as before"
        assert new.calls == old.calls


def test_a_trusted_model_keeps_its_limit() -> None:
    _, guard = guarded(Budget(calls=100))
    assert guard.worst.cautious == list(guard.worst)


def test_rows_are_the_worst_cases_of_all_candidates() -> None:
    _, guard = guarded(Budget(calls=100))
    assert guard.worst.rows[:, 2].tolist() == [1, 3]
    assert guard.worst.of(configuration(7, samples=5)).calls == 5
    assert guard.worst.proposal().calls == 0
