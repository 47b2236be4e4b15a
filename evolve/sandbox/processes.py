"""Programs in sandboxes: started with plain pipes, heard up to a limit, ended without fail."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from evolve.errors import RunError
from evolve.sandbox.base import Launch, Sandbox

Stream: TypeAlias = int
"""A file descriptor, PIPE or DEVNULL."""

_ENVIRONMENT = ("PATH", "DOCKER_HOST", "XDG_RUNTIME_DIR", "HOME")
"""What a command line that makes a sandbox may know; programs within see nothing of it."""


@asynccontextmanager
async def running(
    sandbox: Sandbox, module: str, stdin: Stream, stdout: Stream, stderr: Stream = DEVNULL
) -> AsyncIterator[Process]:
    """A module of `inside` at work in a sandbox; whatever happens, it is ended in the end.

    Raises:
        RunError: The sandbox cannot be started.
    """
    launch = sandbox.launch(module)
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=launch.descriptors,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise RunError(f"the sandbox cannot be started: {error}") from None
    finally:
        for descriptor in launch.descriptors:
            os.close(descriptor)
    try:
        yield process
    finally:
        await _end(process, launch)


async def hear(stream: asyncio.StreamReader, heard: bytearray, limit: int) -> None:
    """Adds what a program says to what was heard, until it ends or has said more than a limit."""
    while len(heard) <= limit and (part := await stream.read(65_536)):
        heard += part


async def _end(process: Process, launch: Launch) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if launch.end and process.returncode is None:
        killer = await asyncio.create_subprocess_exec(*launch.end, stdout=DEVNULL, stderr=DEVNULL)
        await killer.wait()
    # Later output is not needed, and waiting for it could block on a reader.
    for number in (0, 1, 2):
        if pipe := process._transport.get_pipe_transport(number):  # type: ignore[attr-defined]
            pipe.close()
    await process.wait()


__all__ = ["DEVNULL", "PIPE", "Stream", "hear", "running"]
