"""Work on a thread with its own event loop.

A search therefore runs the same in a script, beside other coroutines and in a notebook, whose
cells share one running event loop; simulated models keep their virtual time.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Generic, TypeVar

from evolve.engine.loop import Engine
from evolve.engine.session import Watch

T = TypeVar("T")


class Background(Generic[T]):
    """Work that is running, and that can be stopped in good order."""

    def __init__(self, work: Callable[[Watch], T], watch: Watch) -> None:
        """Starts it.

        Args:
            work: The work; it receives the observer of the engine.
            watch: An additional observer.
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
        """Stops buying; purchases in flight still end and are kept."""
        with self._lock:
            self._stopping = True
            self._stop()

    def result(self) -> T:
        """Waits for the result; one interrupt stops the work, a second one stops waiting."""
        try:
            return self._done.result()
        except KeyboardInterrupt:
            self.stop()
            with suppress(Exception):
                self._done.result()
            raise

    async def outcome(self) -> T:
        """Waits without blocking the event loop; cancelling stops the work first."""
        done = asyncio.wrap_future(self._done)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait([done])
            done.exception()  # stopped, as requested
            raise

    def _run(self) -> None:
        try:
            result = self._work(self._within_reach)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
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
