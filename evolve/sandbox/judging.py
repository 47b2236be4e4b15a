"""Testing an untrusted program so that it cannot forge its own verdict.

Two sandboxes: in one a checker has the tests, in the other a worker has the program. Their pipes
are joined, so that calls go one way and values the other. The verdict comes on a third pipe, which
the worker has no end of. Where a program ends, hangs or says something else, it has failed.

    this process ──job──▶ checker ──program, calls──▶ worker
          ▲                │   ▲────────values───────────┘
          └────verdict─────┘
"""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple, Self

from evolve.sandbox.base import Sandbox
from evolve.sandbox.inside import wire
from evolve.sandbox.processes import DEVNULL, PIPE, hear, running

LONGEST = 400_000
"""Bytes of a job: it is written into a pipe before it is read."""

_VERDICT = 10_000


@dataclass(frozen=True, slots=True)
class Job:
    """A program and its tests.

    Attributes:
        program: What a model wrote; Python.
        prelude: Python that the tests rely on, from the task.
        tests: Python that raises unless the program is right, from the task.
        names: The program's functions that the tests call.
    """

    program: str
    prelude: str
    tests: str
    names: Sequence[str]


class Verdict(NamedTuple):
    """Whether a program passed its tests; otherwise what went wrong, and in which line of them."""

    passed: bool
    why: str = ""
    line: str = ""


async def judge(sandbox: Sandbox, job: Job) -> Verdict:
    """Runs a program's tests; needs an event loop in real time.

    Raises:
        RunError: The sandbox cannot be started.
    """
    job_written = BytesIO()
    wire.send(job_written, (job.program, job.prelude, job.tests, tuple(job.names)))
    message = job_written.getvalue()
    if len(message) > LONGEST:
        return Verdict(False, f"program and tests are longer than {LONGEST:,} bytes")
    heard = bytearray()
    async with sandbox.slots, AsyncExitStack() as stack:
        with _Pipe() as values, _Pipe() as calls:
            os.write(values.into, message)  # all of it fits, and it comes first
            checker = await stack.enter_async_context(
                running(sandbox, "checker", values.out_of, calls.into, PIPE)
            )
            await stack.enter_async_context(
                running(sandbox, "worker", calls.out_of, values.into, DEVNULL)
            )
        assert checker.stderr is not None
        try:
            async with asyncio.timeout(sandbox.wall_s):
                await hear(checker.stderr, heard, _VERDICT)
        except TimeoutError:
            return Verdict(False, f"it took longer than {sandbox.wall_s:g} seconds")
    return _read(bytes(heard))


def _read(heard: bytes) -> Verdict:
    try:
        passed, why, line = wire.receive(BytesIO(heard))
    except (ValueError, TypeError, EOFError):
        return Verdict(False, "the tests ended without a verdict")
    return Verdict(passed is True, str(why), str(line))


class _Pipe:
    """A pipe that holds a whole job; both ends are closed here once others have them."""

    def __enter__(self) -> Self:
        self.out_of, self.into = os.pipe()
        fcntl.fcntl(self.into, fcntl.F_SETPIPE_SZ, 1 << 20)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.out_of)
        os.close(self.into)
