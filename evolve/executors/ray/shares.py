"""Rate limits, shared out among all processes that ask the same models.

Everybody's parts together are never more than the whole: who is to have less is told first, and
only when all of them have said that they keep to it, the others are told that they may have more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeAlias

_WORTH_TELLING = 0.2
"""By how much a part must change, relative to what it was, before anybody is told."""

Tell: TypeAlias = Callable[[float, int], Awaitable[None]]
"""Tells somebody its part and among how many; returns when it keeps to that."""


class Shares:
    """Who has which part of the limits."""

    def __init__(self) -> None:
        self._tell: dict[Hashable, Tell] = {}
        self._parts: dict[Hashable, float] = {}
        self._told_of = 0
        self._one_at_a_time = asyncio.Lock()

    @property
    def parts(self) -> dict[Hashable, float]:
        """Everybody's part."""
        return dict(self._parts)

    async def join(self, who: Hashable, tell: Tell) -> None:
        """Gives somebody new a part; returns when it has it."""
        self._tell[who] = tell
        await self.rebalance({})

    def leave(self, who: Hashable) -> None:
        """Takes somebody's part back, who asks nobody any more."""
        self._tell.pop(who, None)
        self._parts.pop(who, None)

    async def rebalance(self, load: dict[Hashable, int]) -> None:
        """Shares out anew, by how much everybody has to do.

        Args:
            load: How much that is; 0 for those who are left out. Everybody gets something.
        """
        async with self._one_at_a_time:
            whole = sum(1 + load.get(who, 0) for who in self._tell)
            wanted = {who: (1 + load.get(who, 0)) / whole for who in self._tell}
            if self._told_of == len(wanted) and not self._is_worth_telling(wanted):
                return
            # Fewer places for everybody first, so that no place is given away twice.
            of = len(wanted)
            less = [who for who in wanted if wanted[who] <= self._parts.get(who, 0.0)]
            more = [who for who in wanted if who not in less]
            for some in (less, more):
                await asyncio.gather(*(self._give(who, wanted[who], of) for who in some))
            self._told_of = of

    def _is_worth_telling(self, wanted: dict[Hashable, float]) -> bool:
        return any(
            abs(part - self._parts.get(who, 0.0)) > _WORTH_TELLING * self._parts.get(who, 0.0)
            for who, part in wanted.items()
        )

    async def _give(self, who: Hashable, part: float, of: int) -> None:
        if (tell := self._tell.get(who)) is not None:
            await tell(part, of)
            if who in self._tell:
                self._parts[who] = part
