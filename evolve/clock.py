"""Time: the real clock, or a virtual one in which waiting costs nothing.

Runs whose models are all simulated go in virtual time: the event loop never sleeps but moves its
clock to the next timer, so latencies decide the order of arrival without taking real time.
"""

import asyncio
import gc
import selectors
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

POLLED = 64
"""Turns of a virtual loop between two looks at signals, which take longer than a turn."""

INSTANT = 1e-6
"""Seconds of virtual time within which events count as simultaneous."""

COLLECTED = 50_000
"""New objects between two searches for cycles among them; results live long and hold none."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._world: _World | None = None
        self.waits_for_the_world = 0
        """How many wait for something that takes real time; virtual time stands still then."""
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """The virtual time, in seconds."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Moves the clock on."""
        self._now += seconds

    async def really(self, work: Coroutine[Any, Any, T]) -> T:
        """Does work in real time while virtual time stands still."""
        self._world = self._world or _World()
        self.waits_for_the_world += 1
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._world.loop)
            return await asyncio.wrap_future(future)
        finally:
            self.waits_for_the_world -= 1

    def close(self) -> None:
        """Ends the loop, and the one in which real work was done."""
        if self._world is not None:
            self._world.close()
            self._world = None
        super().close()


class _World:
    """An event loop in real time, in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Without a timer, or with real work outside the loop, wait for real events.
        if timeout is None or (timeout > 0 and self._loop.waits_for_the_world):
            return super().select(None)
        if timeout > 0:
            self._loop.jump(timeout)
        self._turns += 1
        return super().select(0) if self._turns % POLLED == 0 else []


def run(main: Coroutine[object, object, T], *, virtual: bool, start: float = 0.0) -> T:
    """Runs a coroutine to its end.

    Args:
        main: What to run.
        virtual: Whether in virtual time.
        start: Where the virtual clock starts, in seconds.
    """
    factory = (lambda: VirtualTimeLoop(start)) if virtual else None
    with asyncio.Runner(loop_factory=factory) as runner, _seldom_collecting():
        return runner.run(main)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def end_of_instant() -> None:
    """In virtual time, waits until all that is due at this instant is done."""
    if isinstance(asyncio.get_running_loop(), VirtualTimeLoop):
        await asyncio.sleep(INSTANT)


async def really(work: Coroutine[Any, Any, T]) -> T:
    """Does work that takes real time, such as running a program, whichever clock the loop has.

    In virtual time it is done in a loop of its own, the same one every time, and the virtual clock
    stands still meanwhile: what other programs take has no part in the result.
    """
    loop = asyncio.get_running_loop()
    return await (loop.really(work) if isinstance(loop, VirtualTimeLoop) else work)


class Stopwatch:
    """The run's clock: seconds that the run has been under way, interruptions left out."""

    def __init__(self, start: float = 0.0) -> None:
        """Starts within a running event loop.

        Args:
            start: Seconds that the run was already under way.
        """
        self._time = asyncio.get_running_loop().time
        self._origin = self._time() - start

    @property
    def seconds(self) -> float:
        """Now."""
        return self._time() - self._origin

    async def until(self, seconds: float) -> None:
        """Waits for a moment of the run; returns at once if it has passed."""
        delay = seconds - self.seconds
        if delay > 0:
            await asyncio.sleep(delay)
