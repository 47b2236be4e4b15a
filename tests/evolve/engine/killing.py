"""Ends the process of a run at a call of its archive, as a kill would."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from archive.store import Archive
from evolve.engine.loop import Engine


class Killed(BaseException):
    """Simulates the end of the process."""


@contextmanager
def killed_at(method: str, call: int, *, before: bool = False) -> Iterator[Callable[[], int]]:
    """Ends the process at a call of a method of the archive.

    Args:
        method: The method.
        call: The number of the call, from 1; 0: the process goes on.
        before: Whether it ends before the call's effect.

    Yields:
        The number of calls so far.
    """
    original: Callable[..., object] = getattr(Archive, method)
    save = Engine.save
    calls = 0

    def counted(self: Archive, *arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call and before:
            raise Killed
        result = original(self, *arguments, **options)
        if calls == call:
            raise Killed
        return result

    def save_unless_killed(engine: Engine) -> None:
        # A killed process writes no snapshot while it unwinds.
        if not isinstance(sys.exception(), Killed):
            save(engine)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Archive, method, counted)
        if call:
            patch.setattr(Archive, "set_status", lambda self, run, status: run)
            patch.setattr(Engine, "save", save_unless_killed)
        yield lambda: calls
