"""Rate limits, also where several processes share a model."""

import asyncio

import pytest

from evolve import clock
from evolve.models.openai.pace import Pace, Slots


async def under_way(pace: Pace) -> int:
    """How many of twenty requests get through before the first is answered."""
    held, most = 0, 0

    async def hold() -> None:
        nonlocal held, most
        async with pace.turn(1.0):
            held += 1
            most = max(most, held)
            await asyncio.sleep(1.0)
            held -= 1

    await asyncio.gather(*(hold() for _ in range(20)))
    return most


@pytest.mark.parametrize("parts", [(1.0,), (0.5, 0.5), (0.9, 0.05, 0.05), (0.25,) * 4])
@pytest.mark.parametrize("concurrency", [4, 7, 16])
def test_parts_of_the_calls_at_once_are_no_more_than_the_whole(
    parts: tuple[float, ...], concurrency: int
) -> None:
    async def main() -> int:
        each = []
        for part in parts:
            pace = Pace(concurrency)
            pace.share(part, len(parts))
            each.append(await under_way(pace))
        assert min(each) >= 1
        return sum(each)

    assert len(parts) <= clock.run(main(), virtual=True) <= concurrency


@pytest.mark.parametrize("parts", [(1.0,), (0.5, 0.5), (0.2, 0.8)])
def test_parts_of_a_limit_a_minute_are_no_more_than_the_whole(parts: tuple[float, ...]) -> None:
    async def requests_in_a_minute(pace: Pace) -> int:
        through = 0

        async def ask() -> None:
            nonlocal through
            async with pace.turn(1.0):
                through += 1

        asking = [asyncio.create_task(ask()) for _ in range(1_000)]
        await asyncio.sleep(60)
        for each in asking:
            each.cancel()
        return through

    async def main() -> int:
        total = 0
        for part in parts:
            pace = Pace(1_000, requests_per_minute=120)
            pace.share(part, len(parts))
            total += await requests_in_a_minute(pace)
        return total

    assert 120 <= clock.run(main(), virtual=True) <= 120 + 12 + len(parts)


def test_places_that_are_taken_away_are_waited_for() -> None:
    async def main() -> list[int]:
        slots, held, seen = Slots(4), 0, []

        async def hold() -> None:
            nonlocal held
            async with slots:
                held += 1
                seen.append(held)
                await asyncio.sleep(1.0)
                held -= 1

        first = [asyncio.create_task(hold()) for _ in range(4)]
        await asyncio.sleep(0.5)
        slots.resize(1)
        await asyncio.gather(*first, *(hold() for _ in range(4)))
        return seen

    assert clock.run(main(), virtual=True) == [1, 2, 3, 4, 1, 1, 1, 1]


def test_a_cancelled_waiter_frees_its_place() -> None:
    async def main() -> None:
        slots = Slots(1)
        async with slots:
            waiting = [asyncio.create_task(slots.__aenter__()) for _ in range(2)]
            await asyncio.sleep(0)
        waiting[0].cancel()  # just as it is given the place
        await asyncio.gather(*waiting, return_exceptions=True)
        assert waiting[0].cancelled()
        assert waiting[1].result() is None

    asyncio.run(main())


def test_calls_in_flight_and_waiting_are_counted() -> None:
    async def main() -> list[tuple[int, int]]:
        pace, seen = Pace(8, requests_per_minute=20), []  # two at once, then one in three seconds

        async def ask() -> None:
            async with pace.turn(1.0):
                await asyncio.sleep(1.0)

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        for seconds in (0.5, 1.0, 10.0):
            await asyncio.sleep(seconds)
            seen.append((pace.traffic.under_way, pace.traffic.waiting))
        await asyncio.gather(*asking)
        return seen

    assert clock.run(main(), virtual=True) == [(2, 2), (0, 2), (0, 0)]
