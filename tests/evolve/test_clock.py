"""Virtual time: waiting costs nothing and order follows the clock."""

import asyncio
import time

from evolve import clock


async def three_waits() -> list[tuple[float, str]]:
    loop = asyncio.get_running_loop()
    seen: list[tuple[float, str]] = []

    async def wait(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        seen.append((round(loop.time(), 6), name))

    await asyncio.gather(wait(3600, "slow"), wait(60, "quick"), wait(600, "middling"))
    return seen


def test_hours_pass_at_once_in_virtual_time() -> None:
    began = time.monotonic()
    assert clock.run(three_waits(), virtual=True) == [
        (60, "quick"),
        (600, "middling"),
        (3600, "slow"),
    ]
    assert time.monotonic() - began < 60


def test_virtual_time_starts_at_a_given_time() -> None:
    async def now() -> float:
        return asyncio.get_running_loop().time()

    assert clock.run(now(), virtual=True, start=12.5) == 12.5


def test_other_threads_still_reach_a_virtual_loop() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: "from a thread")

    assert clock.run(main(), virtual=True) == "from a thread"


def test_the_stopwatch_resumes_at_the_time_of_the_run() -> None:
    async def main() -> list[float]:
        watch = clock.Stopwatch(start=100.0)
        await watch.until(130.0)
        await watch.until(90.0)
        return [watch.seconds]

    assert clock.run(main(), virtual=True, start=100.0) == [130.0]
    assert clock.run(main(), virtual=True, start=7.0) == [130.0]
