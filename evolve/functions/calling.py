"""Calling users' functions: plain ones in threads beside the event loop, async ones in it."""

import asyncio
import inspect
import queue
from collections.abc import Awaitable, Callable
from functools import partial
from threading import Thread
from typing import Any

from evolve.clock import VirtualTimeLoop
from evolve.functions.printing import prints_to_stderr

_Work = tuple[Callable[[], Any], Callable[[], None], Callable[[object, Exception | None], None]]
"""What is to be done, what is called when it begins, and what gets its result or its error."""


class Caller:
    """Calls functions; what they print goes to standard error.

    A plain function works in a thread that has no running event loop, so it may start one of its
    own. A function that can work in the main thread alone, as one that sets signals, is called
    there once it has said so; everything else waits meanwhile.
    """

    def __init__(self, threads: int = 1, limit_s: float = 3_600.0) -> None:
        """Starts no thread yet.

        Args:
            threads: Plain functions at once. They are daemons: one that never returns does not
                keep the program from ending.
            limit_s: Seconds that a function may take.
        """
        self._threads = threads
        self._limit_s = limit_s
        self._started = 0
        self._work: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._in_main_thread = False

    async def call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        """What the function returns, awaited if need be.

        In virtual time the clock stands still meanwhile, so that no result depends on timing.

        Raises:
            TimeoutError: It takes longer than it may; its thread is left alone.
            Exception: Whatever it raises; RuntimeError for what is no Exception.
        """
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            type(function).__call__
        ):
            result = function(*arguments)
        else:
            result = await self._called(lambda: function(*arguments))
        if not inspect.isawaitable(result):
            return result
        with prints_to_stderr():
            return await self._in_time(result)

    async def _called(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        if not self._in_main_thread:
            try:
                return await self._beside(work)
            except ValueError as error:
                if not _needs_main_thread(error):
                    raise
                self._in_main_thread = True
        with prints_to_stderr():
            return work()

    async def _beside(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        if self._started < self._threads:
            self._started += 1
            Thread(target=self._serve, daemon=True).start()
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualTimeLoop):
            returned: queue.SimpleQueue[tuple[object, Exception | None]] = queue.SimpleQueue()
            self._work.put((work, lambda: None, lambda *outcome: returned.put(outcome)))
            try:
                value, raised = returned.get(timeout=self._limit_s)
            except queue.Empty:
                raise self._too_long from None
            if raised is not None:
                raise raised
            return value
        begun: asyncio.Future[None] = loop.create_future()
        ended: asyncio.Future[Any] = loop.create_future()

        def settle(future: asyncio.Future[Any], value: object, raised: Exception | None) -> None:
            if not future.done():
                future.set_exception(raised) if raised else future.set_result(value)

        def report(future: asyncio.Future[Any], value: object, raised: Exception | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, future, value, raised)

        self._work.put((work, lambda: report(begun, None, None), partial(report, ended)))
        await begun
        return await self._in_time(ended)

    async def _in_time(self, result: Awaitable[Any]) -> Any:  # noqa: ANN401
        if isinstance(asyncio.get_running_loop(), VirtualTimeLoop):
            return await result  # a timer would move virtual time
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                return await result
        except TimeoutError:
            if limit.expired():
                raise self._too_long from None
            raise

    @property
    def _too_long(self) -> TimeoutError:
        return TimeoutError(f"it has not returned within {self._limit_s:g} seconds")

    def _serve(self) -> None:
        """Works in a thread; a loop that is set there serves `asyncio.get_event_loop`."""
        own = asyncio.new_event_loop()
        while True:
            work, begin, end = self._work.get()
            value, raised = None, None
            begin()
            asyncio.set_event_loop(own)  # `asyncio.run` leaves none behind
            try:
                with prints_to_stderr():
                    value = work()
            except BaseException as error:  # noqa: BLE001 - the caller gets to see it
                raised = error if isinstance(error, Exception) else RuntimeError(repr(error))
            end(value, raised)


def _needs_main_thread(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that only the main thread may do it."""
    seen: BaseException | None = error
    while seen is not None:
        if "main thread" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
