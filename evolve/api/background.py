"""Work on a thread of its own, with an event loop of its own.

So a search runs the same in a script, in a notebook, whose cells share one running event loop, and
beside other coroutines; and its simulated models have their virtual time.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Generic, TypeVar

from evolve.engine import Engine
from evolve.session import Watch

T = TypeVar("T")


class Background(Generic[T]):
    """Work that is under way, and that can be asked to stop in good order."""

    def __init__(self, work: Callable[[Watch], T], watch: Watch) -> None:
        """Starts it.

        Args:
            work: What to do; it is given who looks on.
            watch: Who else looks on.
        """
        self._work = work
        self._watch = watch
        self._done: Future[T] = Future()
        self._lock = Lock()
        self._stopping = False
        self._stop: Callable[[], object] = lambda: None
        run = contextvars.copy_context().run
        Thread(target=run, args=(self._run,), name="evolve", daemon=True).start()

    def stop(self) -> None:
        """Has a search buy nothing more; what is under way still ends and is kept."""
        with self._lock:
            self._stopping = True
            self._stop()

    def result(self) -> T:
        """Waits; an interrupt stops the work first, a second one no longer waits for its end."""
        try:
            return self._done.result()
        except KeyboardInterrupt:
            self.stop()
            with suppress(Exception):
                self._done.result()
            raise

    async def outcome(self) -> T:
        """Waits without holding the event loop up; cancelling stops the work first."""
        done = asyncio.wrap_future(self._done)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait([done])
            done.exception()  # it was stopped, which is what was wanted
            raise

    def _run(self) -> None:
        try:
            result = self._work(self._within_reach)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            self._done.set_exception(error)
        else:
            self._done.set_result(result)

    @contextmanager
    def _within_reach(self, engine: Engine) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        with self._lock:
            self._stop = lambda: loop.call_soon_threadsafe(engine.stop)
            if self._stopping:
                engine.stop()
        try:
            with self._watch(engine):
                yield
        finally:
            with self._lock:
                self._stop = lambda: None
