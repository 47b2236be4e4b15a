"""Handlers for the signals that end a program, on every platform.

Unix event loops run a handler between callbacks. Where a loop has none (Windows), the handler is
installed with `signal.signal` and posted to the loop.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterable
from functools import cache

INTERRUPT = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C, `kill`, and Ctrl-Break on Windows."""

HANGUP = "SIGHUP"
"""The terminal is closed; ignored under `nohup`, and absent on Windows."""


def on_signals(
    names: Iterable[str], handler: Callable[[], object], *, once: bool = False
) -> Callable[[], None]:
    """Calls a handler in the running event loop when a signal arrives.

    Signals that this platform lacks are skipped, and so is a hangup that the parent process
    ignores. Outside the main thread nothing is installed: signals belong to the host program there.

    Args:
        names: Names of signals, such as ``SIGINT``.
        handler: What to call.
        once: Whether the first signal restores what was there before, so that the next one ends
            the program.

    Returns:
        A function that restores what was there before.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    numbers = _known(names)
    _end_forks_as_usual()
    loop = asyncio.get_running_loop()
    undo: list[Callable[[], object]] = []

    def restore() -> None:
        while undo:
            undo.pop()()

    def handle() -> None:
        if once:
            restore()
        handler()

    for number in numbers:
        if number.name == HANGUP and signal.getsignal(number) is signal.SIG_IGN:
            continue
        undo.append(_install(loop, number, handle))
    return restore


def _install(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, handle: Callable[[], None]
) -> Callable[[], object]:
    try:
        loop.add_signal_handler(number, handle)
    except NotImplementedError:
        before = signal.signal(number, lambda *_: loop.call_soon_threadsafe(handle))
        return lambda: signal.signal(number, before)
    return lambda: loop.remove_signal_handler(number)


def _known(names: Iterable[str]) -> list[signal.Signals]:
    """The signals that this platform has."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


@cache
def _end_forks_as_usual() -> None:
    """Has forked processes, such as those of a user's pool, end by signals as programs do."""
    if hasattr(os, "register_at_fork"):
        forks = _Forks()
        os.register_at_fork(
            before=forks.hold, after_in_parent=forks.release, after_in_child=forks.forget
        )


class _Forks:
    """Takes the handlers from forked processes.

    A process has the handlers of the one it was forked from, without its event loop: a pool that
    ends its processes would wait for ever, and they would pass the signal on through the loop's
    descriptor. Signals that arrive before the handlers are gone have to wait.
    """

    def __init__(self) -> None:
        self._kept = threading.local()

    def hold(self) -> None:
        """Blocks signals in the thread that forks."""
        self._kept.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _known((*INTERRUPT, HANGUP)))

    def release(self) -> None:
        """Lets signals through as before."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._kept.mask)

    def forget(self) -> None:
        """In the new process, restores what the signals do by default where a loop handled them."""
        if signal.set_wakeup_fd(-1) != -1:
            for number in _known((*INTERRUPT, HANGUP)):
                if callable(signal.getsignal(number)):
                    usual = (
                        signal.default_int_handler if number.name == "SIGINT" else signal.SIG_DFL
                    )
                    signal.signal(number, usual)
        self.release()
