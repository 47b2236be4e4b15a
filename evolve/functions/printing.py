"""Standard output is for results: what users' code prints goes to standard error instead.

While a function of a user is at work, the file descriptor is diverted, too, for programs that it
starts. During a whole command, `sys.stdout` is: for plug-ins, threads, and handlers of logs.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TextIO

_OUT, _ERR = 1, 2
"""The file descriptors of standard output and standard error."""


class Diversion:
    """Points standard output at standard error, and keeps a way to it for results."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work = 0
        self._ended = False
        self._results: TextIO | None = None
        self._before: TextIO | None = None
        self._descriptor: int | None = None

    @property
    def output(self) -> TextIO:
        """Standard output, for results alone."""
        return self._results or self._before or sys.stdout

    @contextmanager
    def during_a_command(self) -> Iterator[None]:
        """Diverts what Python code prints; only what is written to `output` is a result."""
        before = self._results, sys.stdout
        self._results, sys.stdout = self.output, sys.stderr
        try:
            yield
        finally:
            self._results, sys.stdout = before

    def until_the_end(self) -> None:
        """Diverts from now on, as for what users' code prints when the program ends."""
        self._begin()
        self._ended = True

    def begin_anew(self) -> None:
        """Undoes that, for another command in the same process."""
        if self._ended:
            self._end()
            self._ended = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Diverts both for the time of a block; blocks may overlap in several threads."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def _begin(self) -> None:
        with self._lock:
            self._at_work += 1
            if self._at_work == 1:
                self._divert()

    def _end(self) -> None:
        with self._lock:
            self._at_work -= 1
            if self._at_work == 0:
                self._restore()

    def _divert(self) -> None:
        _flush()
        self._before, sys.stdout = sys.stdout, sys.stderr
        with suppress(OSError):  # one of them may be closed
            self._descriptor = os.dup(_OUT)
            os.dup2(_ERR, _OUT)

    def _restore(self) -> None:
        _flush()
        if self._descriptor is not None:
            os.dup2(self._descriptor, _OUT)
            os.close(self._descriptor)
            self._descriptor = None
        if self._before is not None:
            sys.stdout, self._before = self._before, None


def _flush() -> None:
    """Writes out what stands in the buffer of the process's standard output."""
    with suppress(OSError, ValueError, AttributeError):
        sys.__stdout__.flush()  # type: ignore[union-attr]


prints_to_stderr = Diversion()
"""The one diversion of this process, as there is one standard output."""


def standard_output() -> TextIO:
    """Where results are written."""
    return prints_to_stderr.output
