"""Calling users' functions: plain ones in threads beside the event loop, async ones in it."""

import asyncio
import inspect
import queue
from collections.abc import Callable
from threading import Thread
from typing import Any

from evolve.clock import VirtualTimeLoop
from evolve.functions.printing import prints_to_stderr

_Work = tuple[Callable[[], Any], Callable[[object, BaseException | None], None]]


class Caller:
    """Calls functions; what they print goes to standard error.

    A plain function works in a thread that has no running event loop, so it may start one of its
    own. A function that can work in the main thread alone, as one that sets signals, is called
    there once it has said so; everything else waits meanwhile.
    """

    def __init__(self, threads: int = 1) -> None:
        """Starts no thread yet.

        Args:
            threads: Plain functions at once. They are daemons: one that never returns does not
                keep the program from ending.
        """
        self._threads = threads
        self._started = 0
        self._work: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._in_main_thread = False

    async def call(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        """What the function returns, awaited if need be.

        In virtual time the clock stands still meanwhile, so that no result depends on timing.

        Raises:
            Exception: Whatever it raises; RuntimeError for what is no Exception.
        """
        if inspect.iscoroutinefunction(function):
            with prints_to_stderr():
                return await function(*arguments)
        result = await self._called(lambda: function(*arguments))
        if inspect.isawaitable(result):
            with prints_to_stderr():
                return await result
        return result

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
            returned: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()
            self._work.put((work, lambda *outcome: returned.put(outcome)))
            value, raised = returned.get()
            if raised is not None:
                raise raised
            return value
        future: asyncio.Future[Any] = loop.create_future()

        def settle(value: object, raised: BaseException | None) -> None:
            if not future.done():
                future.set_exception(raised) if raised else future.set_result(value)

        def report(value: object, raised: BaseException | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, raised)

        self._work.put((work, report))
        return await future

    def _serve(self) -> None:
        """Works in a thread; a loop that is set there serves `asyncio.get_event_loop`."""
        own = asyncio.new_event_loop()
        while True:
            work, report = self._work.get()
            value, raised = None, None
            asyncio.set_event_loop(own)  # `asyncio.run` leaves none behind
            try:
                with prints_to_stderr():
                    value = work()
            except BaseException as error:  # noqa: BLE001 - the caller gets to see it
                raised = error if isinstance(error, Exception) else RuntimeError(repr(error))
            report(value, raised)


def _needs_main_thread(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that only the main thread may do it."""
    seen: BaseException | None = error
    while seen is not None:
        if "main thread" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
