"""A pool of actors of one kind, and their jobs.

The actor with the fewest open jobs gets the next one, and all messages to an actor within one turn
of the event loop are sent together. When an actor dies, with its worker or its whole node, its open
jobs are started again on other actors; the calls that it had settled are in the call cache by then.
"""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from archive.records import Score, Trace
from evolve.errors import OutageError, RunError
from evolve.executors.ray.faults import GONE, end, lacks_a_module, one_line
from evolve.executors.ray.messages import (
    Answer,
    Done,
    Dropped,
    Failed,
    Found,
    Job,
    Question,
    ToActor,
    ToDriver,
    Work,
)
from evolve.executors.ray.purchases import Purchases
from evolve.executors.ray.shares import Shares
from evolve.models.cache import CachedModel

_DEATHS = 5
"""How many actors may die over one job, or before they have ever worked, in a row."""


_FAREWELL_S = 5.0
"""How long actors have to end their tools' and scorers' processes."""


class Finished(NamedTuple):
    """What came of a job, and when it ended in virtual time."""

    result: Trace | Score
    ended: float


class Member:
    """An actor, as the driver sees it."""

    def __init__(self, handle: Any, purchases: Purchases) -> None:  # noqa: ANN401 - Ray's handles
        """Is not ready yet.

        Args:
            handle: Of the actor.
            purchases: What it buys.
        """
        self.handle = handle
        self.purchases = purchases
        self.ready = False
        self.jobs: dict[int, Job] = {}
        self._unsaid: list[ToActor] = []

    def say(self, message: ToActor) -> None:
        """Tells the actor something, at the end of this turn of the event loop."""
        if not self._unsaid:
            asyncio.get_running_loop().call_soon(self._say_all)
        self._unsaid.append(message)

    async def share(self, part: float, of: int) -> None:
        """Tells the actor its part of the models' limits; one that is gone has none."""
        with suppress(*GONE):
            await self.handle.share.remote(part, of)

    def _say_all(self) -> None:
        unsaid, self._unsaid = self._unsaid, []
        self.handle.hear.remote(unsaid)


class ActorPool:
    """Actors of one kind."""

    def __init__(
        self,
        start: Callable[[], tuple[Any, Any]],
        models: Mapping[str, CachedModel],
        shares: Shares | None,
        room: int | None,
    ) -> None:
        """Starts without actors; see `keep`.

        Args:
            start: Starts an actor; returns its handle and an awaitable of its opening.
            models: The models that are paid for, by name.
            shares: Of their limits; None where these actors ask none of them.
            room: The most open jobs of one actor; None: any number.
        """
        self._start = start
        self._models = models
        self._shares = shares
        self._room = room
        self._members: dict[Member, asyncio.Task[None]] = {}
        self._numbers = itertools.count()
        self._waiting: deque[Job] = deque()
        self._results: dict[int, asyncio.Future[Finished]] = {}
        self._deaths: Counter[int] = Counter()
        self._stillborn = 0
        self._size = 0
        self._failure: Exception | None = None
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def able(self) -> bool:
        """Whether any actor can work."""
        return any(member.ready for member in self._members)

    @property
    def load(self) -> dict[Hashable, int]:
        """The number of jobs of each working actor that calls models."""
        if self._shares is None:
            return {}
        return {member: len(member.jobs) for member in self._members if member.ready}

    def keep(self, size: int) -> None:
        """Sees to it that there are so many, as far as the cluster has room; those at work stay."""
        self._size = size
        while self._failure is None and len(self._members) < size:
            handle, opening = self._start()
            member = Member(handle, Purchases(self._models))
            self._members[member] = asyncio.create_task(self._attend(member, opening))
        unused = [member for member in self._members if not member.ready]
        for member in unused[: max(0, len(self._members) - size)]:
            self._members.pop(member).cancel()
            end(member.handle)

    async def do(self, work: Work, at: float | None) -> Finished:
        """Has work done.

        Args:
            work: What to do.
            at: When it begins in virtual time; None in real time.

        Raises:
            OutageError: An endpoint does not answer, or actors die over it again and again.
            EvolveError: It cannot be done.
        """
        if self._failure is not None:
            raise self._failure
        job = Job(next(self._numbers), work, at)
        result: asyncio.Future[Finished]
        result = self._results[job.number] = asyncio.get_running_loop().create_future()
        self._waiting.append(job)
        self._deal()
        try:
            return await result
        finally:
            del self._results[job.number]

    async def close(self) -> None:
        """Ends every actor."""
        attending = [*self._members.values(), *self._answering]
        for each in attending:
            each.cancel()
        await asyncio.gather(*attending, return_exceptions=True)
        await self._let_go()
        for member in self._members:
            member.purchases.close()
            end(member.handle)
        self._members.clear()

    async def _let_go(self) -> None:
        """Has actors end what they have started, as far as they still answer."""
        able = [member.handle.close.remote() for member in self._members if member.ready]
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await asyncio.gather(*able, return_exceptions=True)

    def fail(self, error: Exception) -> None:
        """Gives everything up that is to be done, for one reason."""
        self._failure = error
        for result in self._results.values():
            if not result.done():
                result.set_exception(error)

    # Dealing out

    def _deal(self) -> None:
        while self._waiting and (member := self._freest()):
            job = self._waiting.popleft()
            if job.number in self._results:
                member.jobs[job.number] = job
                member.say(job)

    def _freest(self) -> Member | None:
        able = [member for member in self._members if member.ready]
        freest = min(able, key=lambda member: len(member.jobs), default=None)
        if freest is None or (self._room is not None and len(freest.jobs) >= self._room):
            return None
        return freest

    # Attending to one actor

    async def _attend(self, member: Member, opening: Any) -> None:  # noqa: ANN401 - Ray's reference
        try:
            try:
                await self._listen(member, opening)
            except GONE as gone:
                await self._replace(member, gone)
        except Exception as error:  # noqa: BLE001 - raised where the job is awaited
            self.fail(one_line(error))

    async def _listen(self, member: Member, opening: Any) -> None:  # noqa: ANN401
        if problem := await opening:
            raise RunError(f"an actor on Ray {problem}")
        if self._shares is not None:
            await self._shares.join(member, member.share)
        member.ready = True
        self._stillborn = 0
        self._deal()
        while True:
            for message in await member.handle.tell.remote():
                self._hear(member, message)

    def _hear(self, member: Member, message: ToDriver) -> None:
        if isinstance(message, Done | Failed):
            member.jobs.pop(message.job, None)
            result = self._results.get(message.job)
            if result is not None and not result.done():
                if isinstance(message, Done):
                    result.set_result(Finished(message.result, message.ended))
                else:
                    result.set_exception(message.error)
            self._deal()
        elif isinstance(message, Dropped):
            member.purchases.drop(message)
        elif isinstance(message, Found):
            member.purchases.found(message)
        else:
            answering = asyncio.create_task(self._answer(member, message))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    async def _answer(self, member: Member, question: Question) -> None:
        try:
            answer = Answer(question.number, await member.purchases.answer(question.about))
        except OutageError as outage:
            answer = Answer(question.number, None, str(outage))
        except Exception as error:  # noqa: BLE001 - raised where the job is awaited
            self.fail(error)
            return
        if member in self._members:
            member.say(answer)

    async def _replace(self, member: Member, gone: Exception) -> None:
        """Has the work of an actor that is gone done by others."""
        del self._members[member]
        if self._shares is not None:
            self._shares.leave(member)
        end(member.handle)
        affordable = await member.purchases.abandon()
        self._stillborn += not member.ready
        if self._stillborn >= _DEATHS or lacks_a_module(gone):
            self.fail(one_line(gone))
            return
        for job in member.jobs.values():
            self._again(job, affordable)
        self.keep(self._size)
        self._deal()

    def _again(self, job: Job, affordable: bool) -> None:
        self._deaths[job.number] += 1
        result = self._results.get(job.number)
        if result is None or result.done():
            return
        if not affordable:
            result.set_exception(
                OutageError(
                    "an actor on Ray died with calls under way that may have been billed, and the "
                    "budget leaves no room to make them again; raise it with an option of "
                    "`evolve resume`, such as --usd or --calls"
                )
            )
        elif self._deaths[job.number] >= _DEATHS:
            result.set_exception(
                OutageError(
                    f"{_DEATHS} actors on Ray died one after the other over the same job; look at "
                    "Ray's logs for why: memory, most likely"
                )
            )
        else:
            self._waiting.appendleft(job)
