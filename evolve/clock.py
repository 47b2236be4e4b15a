"""Time: the real clock, or a virtual one in which waiting costs nothing.

Runs whose models are all simulated go in virtual time: the event loop never sleeps but moves its
clock to the next timer, so latencies decide who arrives first, and nobody waits for them.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """The virtual time, in seconds."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Moves the clock on."""
        self._now += seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # nothing is timed: only the outside world can go on
            return super().select(None)
        if timeout > 0:
            self._loop.jump(timeout)
        return super().select(0)


def run(main: Coroutine[object, object, T], *, virtual: bool, start: float = 0.0) -> T:
    """Runs a coroutine to its end.

    Args:
        main: What to run.
        virtual: Whether in virtual time.
        start: Where the virtual clock starts, in seconds.
    """
    factory = (lambda: VirtualTimeLoop(start)) if virtual else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


class Stopwatch:
    """The run's clock: seconds that the run has been under way, interruptions left out."""

    def __init__(self, start: float = 0.0) -> None:
        """Starts within a running event loop.

        Args:
            start: Seconds that the run was already under way.
        """
        self._origin = asyncio.get_running_loop().time() - start

    @property
    def seconds(self) -> float:
        """Now."""
        return asyncio.get_running_loop().time() - self._origin

    async def until(self, seconds: float) -> None:
        """Waits for a moment of the run; returns at once if it has passed."""
        delay = seconds - self.seconds
        if delay > 0:
            await asyncio.sleep(delay)
