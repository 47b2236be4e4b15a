"""Rate limits, shared out among all processes that ask the same models.

The shares together never exceed the whole: actors whose share shrinks are notified first, and the
others grow only after all of those have confirmed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeAlias

_LEAST_CHANGE = 0.2
"""The relative change of a share below which actors are not notified."""

Notify: TypeAlias = Callable[[float, int], Awaitable[None]]
"""Sets an actor's share and the number of sharers; returns once the actor keeps to it."""


class Shares:
    """The share of the limits that each process has."""

    def __init__(self) -> None:
        self._notify: dict[Hashable, Notify] = {}
        self._parts: dict[Hashable, float] = {}
        self._told_of = 0
        self._one_at_a_time = asyncio.Lock()

    @property
    def parts(self) -> dict[Hashable, float]:
        """Everybody's part."""
        return dict(self._parts)

    async def join(self, actor: Hashable, notify: Notify) -> None:
        """Adds an actor; returns once it has a share."""
        self._notify[actor] = notify
        await self.rebalance({})

    def leave(self, actor: Hashable) -> None:
        """Removes an actor that makes no further calls."""
        self._notify.pop(actor, None)
        self._parts.pop(actor, None)

    async def rebalance(self, load: dict[Hashable, int]) -> None:
        """Adjusts the shares to the load of each actor.

        Args:
            load: Jobs of each actor, 0 where missing. Every actor has a share above 0.
        """
        async with self._one_at_a_time:
            whole = sum(1 + load.get(actor, 0) for actor in self._notify)
            wanted = {actor: (1 + load.get(actor, 0)) / whole for actor in self._notify}
            if self._told_of == len(wanted) and not self._is_worth_telling(wanted):
                return
            # Fewer slots first, so that no slot is given away twice.
            of = len(wanted)
            less = [actor for actor in wanted if wanted[actor] <= self._parts.get(actor, 0.0)]
            more = [actor for actor in wanted if actor not in less]
            for some in (less, more):
                await asyncio.gather(*(self._give(actor, wanted[actor], of) for actor in some))
            self._told_of = of

    def _is_worth_telling(self, wanted: dict[Hashable, float]) -> bool:
        return any(
            abs(part - self._parts.get(actor, 0.0)) > _LEAST_CHANGE * self._parts.get(actor, 0.0)
            for actor, part in wanted.items()
        )

    async def _give(self, actor: Hashable, part: float, of: int) -> None:
        if (notify := self._notify.get(actor)) is not None:
            await notify(part, of)
            if actor in self._notify:
                self._parts[actor] = part
