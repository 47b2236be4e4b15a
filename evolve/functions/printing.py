"""Standard output is for results: what users' functions print goes to standard error instead.

So does what programs write that these functions start: the file descriptor is diverted, too.
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
    """Points standard output at standard error while any function of a user is at work."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work = 0
        self._before: TextIO | None = None
        self._descriptor: int | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Diverts for the time of a block; blocks may overlap in several threads."""
        with self._lock:
            self._at_work += 1
            if self._at_work == 1:
                self._divert()
        try:
            yield
        finally:
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
