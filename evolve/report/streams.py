"""Output streams that never raise, so that a lost reader or a full disk cannot end a search.

`Lenient` wraps a stream for use from any thread; `Detached` writes from a thread of its own, for
display during a search, and drops text while its reader does not read.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Full, Queue
from shutil import get_terminal_size
from textwrap import wrap
from threading import Thread
from typing import Any, TextIO

_QUEUED = 256
"""Texts that wait for a slow reader; later ones are dropped."""

_DRAIN_S = 1.0
"""Seconds to wait for a slow reader at the end of a display."""


class Lenient:
    """A text stream whose write errors are kept instead of raised."""

    def __init__(self, stream: TextIO | None) -> None:
        """Wraps a stream; None (no such stream) discards what is written."""
        self.stream = stream.stream if isinstance(stream, Lenient) else stream
        self.error: Exception | None = None
        """The first failed write; nothing is written after it."""

    @property
    def encoding(self) -> str:
        """The stream's encoding; UTF-8 where it has none."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    @property
    def closed(self) -> bool:
        """False: a lenient stream takes text at any time."""
        return False

    def write(self, text: str) -> int:
        """Writes text, or discards it where that is impossible."""
        if self.stream is not None and self.error is None:
            try:
                self.stream.write(text)
            except TypeError:  # bytes: a mistake of the caller
                raise
            except Exception as error:  # noqa: BLE001 - a stream of the host program may raise any
                self.error = error
        return len(text)

    def flush(self) -> None:
        """Flushes the stream where that is possible."""
        if self.stream is not None and self.error is None:
            try:
                self.stream.flush()
            except Exception as error:  # noqa: BLE001 - as above
                self.error = error

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        with suppress(Exception):
            return self.stream is not None and self.stream.isatty()
        return False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """Everything else is the stream's own."""
        return getattr(self.stream, name)


class Detached:
    """A text stream that is written by a thread, so that its reader cannot delay the writer."""

    def __init__(self, stream: TextIO | None) -> None:
        """Starts the thread."""
        self._stream = Lenient(stream)
        self._parts: list[str] = []
        self._queue: Queue[str | None] = Queue(_QUEUED)
        self._thread = Thread(target=self._work, name="display", daemon=True)
        self._thread.start()

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """Keeps text until the next flush."""
        self._parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Hands the text to the thread; drops it while too much waits there."""
        text = "".join(self._parts)
        self._parts.clear()
        if text:
            with suppress(Full):
                self._queue.put_nowait(text)

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The stream's file descriptor."""
        return int(self._stream.fileno())

    def close(self) -> None:
        """Waits briefly for what is left to be written."""
        self.flush()
        try:
            self._queue.put_nowait(None)
        except Full:
            with suppress(Empty):
                self._queue.get_nowait()
            with suppress(Full):
                self._queue.put_nowait(None)
        self._thread.join(_DRAIN_S)

    def _work(self) -> None:
        while (text := self._queue.get()) is not None:
            self._stream.write(text)
            self._stream.flush()


def write_line(text: str) -> None:
    """Writes a line to standard error, on a terminal without broken words; never raises."""
    stream = Lenient(sys.stderr)
    shown = folded(text, get_terminal_size().columns) if stream.isatty() else text
    stream.write(f"{shown}\n")
    stream.flush()


def folded(text: str, columns: int) -> str:
    """The text in lines of whole words; what stands between backticks is kept together."""
    together = re.sub("`[^`]*`", lambda quoted: quoted[0].replace(" ", "\0"), text)
    lines = wrap(together, columns, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\0", " ")


def open_missing() -> None:
    """Opens the null device in place of standard streams that the parent process closed.

    Otherwise the next file that is opened, such as an archive, takes the number of a standard
    stream, and what a library prints goes into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def lenient_streams() -> Iterator[tuple[Lenient, Lenient]]:
    """Makes standard output and error lenient for as long as the context lasts."""
    before = sys.stdin, sys.stdout, sys.stderr
    output, errors = Lenient(_apart(sys.stdout)), Lenient(sys.stderr)
    sys.stdout, sys.stderr = output, errors
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    try:
        yield output, errors
    finally:
        for stream in (output, errors):
            stream.flush()
            if stream.error is not None:
                _discard(stream)
        sys.stdin, sys.stdout, sys.stderr = before


def _apart(stream: TextIO | None) -> TextIO | None:
    """Standard output with a descriptor of its own, so that diverting the other leaves it alone."""
    with suppress(OSError, ValueError, AttributeError):
        if stream is not None and stream.fileno() == 1:
            stream.flush()
            return os.fdopen(
                os.dup(1),
                "w",
                1 if stream.isatty() else -1,
                encoding=stream.encoding,
                errors=stream.errors,
                closefd=False,
            )
    return stream


def _discard(stream: Lenient) -> None:
    """Points a failed stream at the null device, so that Python's own flush at exit succeeds."""
    with suppress(Exception):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
