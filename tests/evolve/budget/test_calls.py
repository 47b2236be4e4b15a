"""Calls start if their worst case fits; the others wait, the oldest evaluation first."""

import asyncio

import pytest

from archive.records import Usage
from evolve.budget.calls import CallReservations
from evolve.budget.ledger import Budget, Ledger, Spend
from evolve.errors import UnaffordableError

EXPECTED = Spend(evaluations=1, calls=1, tokens=10)
WORST = Spend(calls=1, tokens=60)
CALL = Usage(calls=1, completion_tokens=10)


def opened(tokens: int, evaluations: int) -> CallReservations:
    """Reservations below a cap on tokens, for so many evaluations."""
    calls = CallReservations(Ledger(Budget(tokens=tokens)))
    for decision in range(evaluations):
        calls.open(decision, "search", EXPECTED)
    return calls


def held(calls: CallReservations) -> int:
    return calls.ledger.settled.tokens + calls.ledger.exposed.tokens


def test_an_evaluation_holds_its_expected_cost_before_its_first_call() -> None:
    calls = opened(100, 3)
    assert calls.ledger.reserved.tokens == 30
    assert calls.ledger.exposed.tokens == 0


def test_a_call_that_does_not_fit_waits_for_one_that_settles() -> None:
    async def main() -> None:
        calls = opened(100, 2)
        place = await calls.enter(0, WORST)
        second = asyncio.create_task(calls.enter(1, WORST))
        await asyncio.sleep(0)
        assert calls.waiting == 1
        assert "tokens" in calls.held_up
        assert held(calls) == 60
        calls.leave(0, place, CALL)
        await second
        assert held(calls) == 70
        assert not calls.held_up

    asyncio.run(main())


def test_the_oldest_evaluation_comes_first() -> None:
    async def main() -> None:
        calls, order = opened(100, 3), []

        async def call(decision: int) -> None:
            place = await calls.enter(decision, WORST)
            order.append(decision)
            calls.leave(decision, place, CALL)

        place = await calls.enter(2, WORST)
        waiting = [asyncio.create_task(call(decision)) for decision in (1, 0)]
        await asyncio.sleep(0)
        calls.leave(2, place, CALL)
        await asyncio.gather(*waiting)
        assert order == [0, 1]

    asyncio.run(main())


def test_the_newest_evaluation_is_given_up_if_none_can_settle() -> None:
    async def main() -> None:
        calls = opened(60, 2)
        for decision in (0, 1):
            calls.leave(decision, await calls.enter(decision, Spend(calls=1, tokens=20)), CALL)
        waiting = [asyncio.create_task(calls.enter(decision, WORST)) for decision in (0, 1)]
        with pytest.raises(UnaffordableError):
            await waiting[1]
        assert calls.spent(1) == CALL
        assert not waiting[0].done()
        waiting[0].cancel()

    asyncio.run(main())


def test_an_evaluation_that_is_alone_may_trust_an_unknown_model_to_keep_its_limit() -> None:
    async def main() -> None:
        calls = opened(100, 1)
        await calls.enter(0, Spend(calls=1, tokens=131_072), WORST)
        assert held(calls) == 60

    asyncio.run(main())


def test_a_reply_that_takes_more_than_was_reserved_is_counted() -> None:
    async def main() -> None:
        calls = opened(100, 1)
        calls.leave(0, await calls.enter(0, WORST), Usage(calls=1, completion_tokens=61))
        assert calls.over_reserved == 1

    asyncio.run(main())


def test_a_waiting_call_that_is_cancelled_leaves_no_trace() -> None:
    async def main() -> None:
        calls = opened(100, 2)
        await calls.enter(0, WORST)
        second = asyncio.create_task(calls.enter(1, WORST))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert calls.waiting == 0
        assert held(calls) == 60

    asyncio.run(main())
