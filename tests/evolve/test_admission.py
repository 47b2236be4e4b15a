"""Who can be afforded, and what is set aside for confirming."""

from math import inf

import numpy as np
import pytest

from archive.records import Candidate, Rollout, Score, Trace, Usage
from evolve.admission import Admission
from evolve.confirming import LATE
from evolve.excess import RAMBLING
from evolve.ledger import Budget, Spend
from evolve.models.base import Model, Models, Price
from evolve.models.scripted import Scripted
from evolve.objective import Objective
from evolve.state import SearchState
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import Agent, SystemConfig

TASK = Task(number=0, split="validation", input=TaskInput(id="t", text="How many?"), answer="1")


LIMIT = 1024
"""Tokens that a reply may have."""


class Paid(Scripted):
    """A scripted model that has to be paid for."""

    @property
    def paid(self) -> bool:
        """Yes."""
        return True


def config(number: int, samples: int = 1) -> SystemConfig:
    agent = Agent(name="a", prompt=f"Way {number}.", samples=samples)
    return SystemConfig(agents=(agent,))


def admission(
    budget: Budget,
    *,
    model: type[Model] = Scripted,
    cost_at_most: float | None = None,
    tasks: int = 1,
    confirmed: int = 2,
) -> tuple[SearchState, Admission]:
    """Two candidates, the second of which asks three times as often."""
    state = SearchState([TASK.model_copy(update={"number": n}) for n in range(tasks)], budget)
    price = Price(prompt=1.0, completion=1.0)
    models = Models({"one": model(script={"": "Answer: 1"}, price=price, max_tokens=LIMIT)}, "one")
    objective = Objective(maximise="score", cost_at_most=cost_at_most)
    made = Admission(state, objective, models, TASK.input, confirmed_tasks=confirmed)
    for number, samples in enumerate((1, 3)):
        one = Candidate(number=number, config=config(number, samples), operator="seed")
        state.add(one)
        made.admit(one.config)
    return state, made


def take(state: SearchState, candidate: int, score: float, usage: Usage, task: int = 0) -> None:
    rollout = Rollout(
        decision=state.taken,
        taken=state.taken,
        candidate=candidate,
        task=task,
        score=Score(value=score),
        trace=Trace(answer="1", usage=usage),
        at=state.last_at + 1.0,
    )
    state.learn(rollout, since=state.last_at)


def test_only_whose_worst_case_fits_can_be_afforded() -> None:
    state, found = admission(Budget(calls=10))
    assert found.affordable().tolist() == [True, True]
    state.ledger.settle(0, "search", Spend(calls=8))
    assert found.affordable().tolist() == [True, False]
    state.ledger.set_aside = Spend(calls=2)
    assert found.affordable().tolist() == [False, False]


def test_a_budget_stints_whom_it_does_not_allow_to_be_told() -> None:
    state, found = admission(Budget(calls=100), tasks=2)
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1, usd=1e-5))
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5))
    found.set_aside()
    assert not found.stints
    room = int(state.ledger.room[2])
    state.ledger.settle(2, "search", Spend(calls=room - 2))
    assert found.stints  # the second one asks three times
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5), task=1)
    found.set_aside()
    assert not found.stints  # nothing of it is left to be told


def test_no_more_is_thought_up_than_may_fit_beside_what_is_under_way() -> None:
    state, found = admission(Budget(calls=10))
    everyone, nobody = np.array([True, True]), np.array([False, False])
    assert found.at_once(everyone) == 10
    assert found.at_once(np.array([False, True])) == 10 / 3
    state.ledger.reserve(0, "search", Spend(calls=4))
    state.ledger.set_aside = Spend(calls=2)
    assert found.at_once(everyone) == 4
    assert found.at_once(nobody) == 0
    _, uncapped = admission(Budget(seconds=60))
    assert uncapped.at_once(everyone) == inf


def test_confirming_takes_the_dearest_contender_and_the_best_seed() -> None:
    state, found = admission(Budget(calls=100))
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1, usd=1e-5))
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5))
    found.set_aside()
    # Two tasks for each of both, and the worst case of the last one once more.
    assert state.ledger.set_aside.evaluations == 4
    assert state.ledger.set_aside.calls == 2 * (3 + 3) + 3


def test_a_seed_that_wins_is_confirmed_once() -> None:
    state, found = admission(Budget(calls=13))
    take(state, 0, 0.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1, usd=1e-5))
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5))
    assert state.best_seed() == 1
    # Two tasks and the worst case of the last one: 9 of the 9 calls that are left.
    assert found.can_confirm(1, beside=1)
    assert not found.can_confirm(0, beside=1)


def test_a_dear_contender_does_not_keep_the_best_from_being_evaluated() -> None:
    state, found = admission(Budget(calls=14), tasks=2)
    for task in (0, 1):
        take(state, 1, 1.0 - task, Usage(calls=3, prompt_tokens=27, completion_tokens=3), task)
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    # Confirming the dear one may take 11 calls and the cheap one 5; 7 of the 14 were made.
    found.set_aside()
    assert state.standings.best == 0
    assert state.ledger.set_aside.calls == 2 * (1 + 1) + 1
    assert found.affordable().tolist() == [True, False]


def test_whoever_costs_too_much_is_no_contender() -> None:
    state, found = admission(Budget(calls=100), cost_at_most=2e-5)
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1, usd=1e-5))
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5))
    found.set_aside()
    assert state.ledger.set_aside.calls == 2 * (1 + 3) + 3, "but it may be the best seed"


def test_whether_a_winner_can_be_confirmed_depends_on_what_is_left() -> None:
    state, found = admission(Budget(calls=20))
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1, usd=1e-5))
    take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3, usd=3e-5))
    assert found.can_confirm(1, beside=0)
    state.ledger.settle(9, "search", Spend(calls=10))
    assert found.can_confirm(0, beside=0)
    assert not found.can_confirm(1, beside=0)


@pytest.mark.parametrize("short", [0, 1])
def test_a_winner_is_confirmed_where_that_likely_fits(short: int) -> None:
    _, found = admission(Budget(tokens=1))
    # One evaluation took 10 tokens: usually 10, surely less than 40, likely less than 25.
    enough = 10 + 50 * 25 + found.worst[0].tokens
    state, found = admission(Budget(tokens=enough - short), tasks=20, confirmed=50)
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    assert found.can_confirm(0, beside=0) == (not short)


def test_an_unknown_model_is_feared_until_its_first_result() -> None:
    state, found = admission(Budget(calls=100), model=Paid)
    prompt_tokens = found.worst[0].tokens - LIMIT
    assert found.feared(0).tokens == RAMBLING + prompt_tokens
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    found.revise()
    assert found.feared(0) == found.worst[0]


def test_who_outgrows_its_limit_is_bounded_anew() -> None:
    state, found = admission(Budget(calls=100), model=Paid)
    before = list(found.worst)
    take(state, 0, 1.0, Usage(calls=1, completion_tokens=3000, excess=2000))
    found.revise()
    for old, new in zip(before, found.worst, strict=True):
        assert new.tokens == old.tokens + 5 * LIMIT * old.calls, "prompts are as long as before"
        assert new.calls == old.calls


def seconds_to_end(found: Admission, slots: int) -> float:
    found.set_aside()
    return found.seconds_to_end(slots)


def test_time_is_kept_for_confirming() -> None:
    state, found = admission(Budget(seconds=100))
    assert seconds_to_end(found, 4) == 0
    take(state, 0, 1.0, Usage(calls=1))
    assert seconds_to_end(found, 4) == LATE * 2
    assert seconds_to_end(found, 1) == LATE * 5


def test_time_is_kept_for_as_many_at_once_as_other_caps_leave_room_for() -> None:
    state, found = admission(Budget(seconds=100, tokens=3_000))
    take(state, 0, 1.0, Usage(calls=1, completion_tokens=9))
    # Of its worst case, more than 1,000 tokens, not all four fit at once.
    assert LATE * 2 < seconds_to_end(found, 64) <= LATE * 5


def test_a_seed_that_may_yet_be_the_best_one_is_set_aside_for() -> None:
    state, found = admission(Budget(calls=1000), tasks=9)
    for task in range(9):
        take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1), task)
        take(state, 1, float(task > 1), Usage(calls=3, prompt_tokens=27, completion_tokens=3), task)
    found.set_aside()
    assert state.best_seed() == 0
    assert state.ledger.set_aside.calls == 2 * (1 + 3) + 3


def test_a_search_goes_on_while_it_is_hardly_known_what_confirming_takes() -> None:
    state, found = admission(Budget(tokens=11_000), tasks=20, confirmed=50)
    usage, worst = Usage(calls=3, prompt_tokens=27, completion_tokens=3), found.worst[1].tokens
    take(state, 0, 0.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    take(state, 1, 1.0, usage)
    found.set_aside()
    assert state.ledger.set_aside.tokens == 2 * 50 * 30 + worst
    assert found.affordable().all(), "with what is sure after one evaluation, nobody could be"
    for task in range(1, 9):
        take(state, 1, 1.0, usage, task)
    found.set_aside()
    assert state.ledger.set_aside.tokens == 2 * 50 * 60 + worst
    assert not found.affordable().any(), "what is sure counts once there is enough to tell"


def test_while_usual_costs_are_hoped_for_somebody_can_surely_be_confirmed() -> None:
    state, found = admission(Budget(tokens=6_000), tasks=20, confirmed=50)
    take(state, 0, 1.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1))
    found.set_aside()
    assert state.ledger.set_aside.tokens == 50 * 40 + found.worst[0].tokens
    assert found.affordable()[0]


def test_who_is_too_dear_to_be_confirmed_ends_no_search() -> None:
    state, found = admission(Budget(tokens=7_000), tasks=20, confirmed=50)
    for task in range(9):
        take(state, 0, 0.0, Usage(calls=1, prompt_tokens=9, completion_tokens=1), task)
        take(state, 1, 1.0, Usage(calls=3, prompt_tokens=27, completion_tokens=3), task)
    found.set_aside()
    # Confirming the second takes 50 × 30 tokens and the worst case of one evaluation, 3,621.
    assert state.ledger.set_aside.tokens == 2 * 50 * 20 + found.worst[0].tokens
    assert found.affordable()[0]


def test_what_is_expected_stands_still_between_fits_also_in_a_resumed_search() -> None:
    state, _ = admission(Budget(calls=1000), tasks=80)
    for task in range(80):
        for candidate in (0, 1):
            tokens = 10 * (task % 7 + 1)
            usage = Usage(calls=1, prompt_tokens=tokens, completion_tokens=1, usd=1e-6 * tokens)
            take(state, candidate, float(task % 3 > candidate), usage, task)
    assert state.standings.fitted_at < state.standings.told
    assert (state.expected.sure != state.expected_now().sure).any()
    again, _ = admission(Budget(calls=1000), tasks=80)
    again.load(state.save(), state.candidates)
    for kept, before in zip(again.expected, state.expected, strict=True):
        assert (kept == before).all()
    assert again.expected_as_of == state.expected_as_of
