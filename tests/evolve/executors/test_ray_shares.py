"""Shares of rate limits never exceed the whole while processes join, leave or die."""

import asyncio
from random import Random

import pytest

from evolve import clock
from evolve.executors.ray.shares import Notify, Shares


class Limited:
    """Everybody's part as they know it, and the most that these ever were together."""

    def __init__(self, rng: Random) -> None:
        self.parts: dict[str, float] = {}
        self.most = 0.0
        self._rng = rng

    def notify(self, who: str) -> Notify:
        async def one_line(part: float, of: int) -> None:
            await asyncio.sleep(self._rng.random())  # on its way
            self.parts[who] = part
            self.most = max(self.most, sum(self.parts.values()))
            await asyncio.sleep(self._rng.random())

        return one_line


@pytest.mark.parametrize("seed", range(20))
def test_parts_are_never_more_than_the_whole(seed: int) -> None:
    rng = Random(seed)

    async def main() -> Limited:
        shares, limited = Shares(), Limited(rng)
        here: list[str] = []
        for number in range(30):
            if not here or rng.random() < 0.5:
                here.append(f"{number}")
                await shares.join(here[-1], limited.notify(here[-1]))
            elif rng.random() < 0.3:
                gone = here.pop(rng.randrange(len(here)))
                shares.leave(gone)
                limited.parts.pop(gone, None)
            await shares.rebalance({who: rng.randrange(50) for who in here})
        assert set(limited.parts) == set(here)
        assert sum(limited.parts.values()) == pytest.approx(1.0)
        return limited

    assert clock.run(main(), virtual=True).most <= 1 + 1e-9


def test_busier_processes_get_more_and_none_gets_nothing() -> None:
    async def main() -> dict[object, float]:
        shares, limited = Shares(), Limited(Random(0))
        for who in ("busy", "idle"):
            await shares.join(who, limited.notify(who))
        assert set(shares.parts.values()) == {0.5}
        await shares.rebalance({"busy": 8})
        return dict(shares.parts)

    assert clock.run(main(), virtual=True) == {"busy": 0.9, "idle": 0.1}
