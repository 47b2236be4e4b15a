"""Handlers for the signals that end a program, on every platform.

Unix event loops run a handler between callbacks. Where a loop has none (Windows), the handler is
installed with `signal.signal` and posted to the loop.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable

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
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
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
