"""Calls of actors at the driver: settled ones are not bought again after a crash."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from archive.records import Usage
from archive.store import Archive
from evolve.errors import OutageError
from evolve.executors.ray.messages import Bought, Lost, Unbought, Wanted
from evolve.executors.ray.purchases import Purchases
from evolve.models.base import Model, Reply, Request
from evolve.models.cache import CachedModel, CallCache

T = TypeVar("T")

KEY, OTHER = b"k" * 32, b"o" * 32
WORST = Usage(calls=1, prompt_tokens=100, completion_tokens=10, usd=0.5)
REPLY = Reply("four", 10, 1, 0.1)


class Paid(Model):
    """A model that is called only by actors."""

    async def complete(self, request: Request) -> Reply:
        raise NotImplementedError


class Books:
    """Books losses, and has room for so many."""

    def __init__(self, room: int) -> None:
        self.lost: list[Usage] = []
        self._room = room

    async def lose(self, usage: Usage) -> bool:
        self.lost.append(usage)
        return len(self.lost) <= self._room


def with_two(work: Callable[[Purchases, Purchases], Awaitable[T]], books: Books) -> T:
    """What work comes to with the purchases of two actors on one archive."""

    async def main() -> T:
        with Archive.in_memory() as archive:
            run = archive.create_run("run", 0, "{}", [])
            model = CallCache(archive, run).wrap(Paid())
            assert isinstance(model, CachedModel)
            model.charge(books)
            one, two = (Purchases({"m": model}) for _ in range(2))
            found = await work(one, two)
            one.close()
            two.close()
            return found

    return asyncio.run(main())


def wanted(call: int, key: bytes = KEY) -> Wanted:
    return Wanted(call, "m", key, WORST)


def test_a_settled_reply_is_shared() -> None:
    async def work(one: Purchases, two: Purchases) -> None:
        assert await one.answer(wanted(0)) is None
        assert await one.answer(Bought(0, REPLY)) == REPLY
        kept = await two.answer(wanted(0))
        assert isinstance(kept, Reply)
        assert kept.text == "four"
        assert kept.cached

    books = Books(9)
    with_two(work, books)
    assert not books.lost


def test_two_that_want_the_same_share_one_call() -> None:
    async def work(one: Purchases, two: Purchases) -> None:
        assert await one.answer(wanted(0)) is None
        waiting = asyncio.create_task(two.answer(wanted(5)))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await one.answer(Bought(0, REPLY))
        shared = await waiting
        assert isinstance(shared, Reply)
        assert shared.cached

    with_two(work, Books(9))


def test_calls_in_flight_at_a_death_are_booked_and_bought_by_waiters() -> None:
    async def work(one: Purchases, two: Purchases) -> bool:
        await one.answer(wanted(0))
        await one.answer(Bought(0, REPLY))
        assert await one.answer(wanted(1, OTHER)) is None
        waiting = asyncio.create_task(two.answer(wanted(0, OTHER)))
        await asyncio.sleep(0.01)
        affordable = await one.abandon()
        assert await waiting is None  # leave to buy it
        assert isinstance(await two.answer(wanted(1)), Reply)  # settled before
        return affordable

    books = Books(9)
    assert with_two(work, books)
    assert books.lost == [WORST]


def test_without_room_for_the_loss_it_may_not_be_made_again() -> None:
    async def work(one: Purchases, two: Purchases) -> tuple[bool, bool]:
        await one.answer(wanted(0))
        return await one.abandon(), bool(await two.answer(Lost("m", WORST)))

    assert with_two(work, Books(0)) == (False, False)


def test_an_outage_is_raised_for_all_waiters() -> None:
    async def work(one: Purchases, two: Purchases) -> None:
        await one.answer(wanted(0))
        waiting = asyncio.create_task(two.answer(wanted(0)))
        await asyncio.sleep(0.01)
        for payload in (one.answer(Unbought(0, "gone")), waiting):
            with pytest.raises(OutageError, match="gone"):
                await payload
        assert await one.answer(wanted(1)) is None  # and nothing is kept of it

    with_two(work, Books(9))
