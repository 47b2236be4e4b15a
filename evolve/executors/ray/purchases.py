"""The driver's side of the model calls of one actor: each goes through the run's call cache.

A call is settled when its reply is on disk. So no settled call is paid for twice, whichever actor
wants it and whatever becomes of the one that made it; and two actors that want the same reply at
the same time share one call.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from archive.records import Usage
from evolve.errors import OutageError
from evolve.executors.ray.messages import Bought, Dropped, Found, Lost, Unbought, Wanted
from evolve.models.base import Reply
from evolve.models.cache import CachedModel


class _Call:
    """A call that an actor wants."""

    def __init__(self, wanted: Wanted) -> None:
        loop = asyncio.get_running_loop()
        self.wanted = wanted
        self.leave: asyncio.Future[None] = loop.create_future()
        """Done once the actor is to buy it."""
        self.reply: asyncio.Future[Reply] = loop.create_future()
        """What the actor got for it."""
        self.settling: asyncio.Task[Reply] | None = None

    async def buy(self) -> Reply:
        self.leave.set_result(None)
        return await self.reply

    @property
    def under_way(self) -> bool:
        """Whether it may be paid for just now."""
        return self.leave.done() and not self.reply.done()


class Purchases:
    """What one actor buys."""

    def __init__(self, models: Mapping[str, CachedModel]) -> None:
        """Starts with nothing bought.

        Args:
            models: Those that are paid for, by name.
        """
        self._models = models
        self._calls: dict[int, _Call] = {}

    async def answer(self, about: Wanted | Bought | Unbought | Lost) -> Reply | bool | None:
        """The reply to an actor's call.

        Raises:
            OutageError: The endpoint does not answer.
        """
        if isinstance(about, Wanted):
            return await self._leave_for(about)
        if isinstance(about, Lost):
            return await self._lose(about.model, about.usage)
        call = self._calls.get(about.call)
        if call is None:  # another actor's outage, which this one only shared
            return None
        if isinstance(about, Bought):
            call.reply.set_result(about.reply)
        elif not call.reply.done():
            call.reply.set_exception(OutageError(about.outage))
        return await self._settled(call)

    def drop(self, dropped: Dropped) -> None:
        """Forgets an abandoned call."""
        if (call := self._calls.pop(dropped.call, None)) and call.settling:
            call.settling.cancel()

    def found(self, found: Found) -> None:
        """Keeps what an endpoint turned out to take."""
        self._models[found.model].cache.note(found.key, found.text)

    async def abandon(self) -> bool:
        """Books what the actor's calls may have cost, now that it is gone.

        Returns:
            Whether they may be made again; see `evolve.models.base.Account.lose`.
        """
        calls, self._calls = list(self._calls.values()), {}
        affordable = True
        for call in calls:
            if call.under_way:
                affordable &= await self._lose(call.wanted.model, call.wanted.worst)
            if call.settling:
                call.settling.cancel()
        return affordable

    def close(self) -> None:
        """Cancels abandoned calls."""
        for call in self._calls.values():
            if call.settling:
                call.settling.cancel()

    async def _leave_for(self, wanted: Wanted) -> Reply | None:
        """The reply that the cache has, or None: then the actor is to make the call."""
        call = self._calls[wanted.call] = _Call(wanted)
        cache = self._models[wanted.model].cache
        call.settling = asyncio.create_task(cache.get(wanted.key, call.buy))
        either: list[asyncio.Future[Any]] = [call.settling, call.leave]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return None if call.leave.done() else await self._settled(call)

    async def _settled(self, call: _Call) -> Reply:
        assert call.settling is not None
        try:
            return await call.settling
        finally:
            self._calls.pop(call.wanted.call, None)

    async def _lose(self, model: str, usage: Usage) -> bool:
        account = self._models[model].account
        return account is None or await account.lose(usage)
