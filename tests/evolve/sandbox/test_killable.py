"""Functions in processes of their own: results, timeouts and crashes."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from evolve import clock
from evolve.sandbox.killable import Json, KilledError, Pool


def work(argument: Json) -> Json:
    """What the workers of these tests do."""
    if argument["do"] == "hang":
        time.sleep(60)
    if argument["do"] == "die":
        os._exit(7)
    if argument["do"] == "raise":
        raise ValueError("as asked")
    if argument["do"] == "allocate":
        bytearray(1 << 40)
    print("what a library prints is no answer")
    return {"pid": os.getpid()}


@pytest.fixture
def pool() -> Iterator[Pool]:
    opened = Pool(f"{__name__}:work", workers=2, timeout_s=2.0)
    yield opened
    opened.close()


def call(pool: Pool, *doing: str, virtual: bool = False) -> list[object]:
    async def main() -> list[object]:
        calls = (pool.call({"do": each}) for each in doing)
        found = await asyncio.gather(*calls, return_exceptions=True)
        return [str(each) if isinstance(each, KilledError) else each["pid"] for each in found]  # type: ignore[index]

    return clock.run(main(), virtual=virtual)


def test_a_process_is_used_again(pool: Pool) -> None:
    first, second = call(pool, "work"), call(pool, "work")
    assert first == second
    assert first != [os.getpid()]


@pytest.mark.full
@pytest.mark.parametrize(
    ("doing", "message"),
    [
        ("hang", "no result within 2 s, so it was killed"),
        ("die", "its process ended with code 7"),
        ("raise", "ValueError: as asked"),
        ("allocate", "MemoryError: "),
    ],
)
def test_a_failed_call_is_reported_and_harms_no_other(pool: Pool, doing: str, message: str) -> None:
    (before,) = call(pool, "work")
    assert call(pool, doing) == [message]
    (after,) = call(pool, "work")
    assert (after == before) == (doing in ("raise", "allocate"))


def test_virtual_time_stands_still_meanwhile(pool: Pool) -> None:
    async def main() -> float:
        await asyncio.gather(asyncio.sleep(5), pool.call({"do": "work"}))
        return asyncio.get_running_loop().time()

    assert clock.run(main(), virtual=True) == 5
