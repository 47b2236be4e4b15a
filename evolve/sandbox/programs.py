"""Running a program in a sandbox, for what it prints."""

import asyncio
from contextlib import suppress
from typing import NamedTuple

from evolve.sandbox.base import Sandbox
from evolve.sandbox.processes import PIPE, hear, running


class Printed(NamedTuple):
    """What a program printed, on either stream, and how it ended."""

    text: str
    too_much: bool = False
    too_long: bool = False
    code: int | None = 0
    """Its exit code, negative for a signal; None where it was ended."""


async def run_program(sandbox: Sandbox, source: str) -> Printed:
    """Runs a Python program; needs an event loop in real time.

    Args:
        sandbox: Where, and within which limits.
        source: The program; what its last line evaluates to is printed.

    Raises:
        RunError: The sandbox cannot be started.
    """
    async with sandbox.slots, running(sandbox, "script", PIPE, PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeding = asyncio.create_task(_feed(process.stdin, source.encode(errors="replace")))
        heard, too_long = bytearray(), False
        try:
            async with asyncio.timeout(sandbox.wall_s):
                await hear(process.stdout, heard, sandbox.output_bytes)
                if len(heard) <= sandbox.output_bytes:
                    await process.wait()
        except TimeoutError:
            too_long = True
        finally:
            feeding.cancel()
        too_much = len(heard) > sandbox.output_bytes
        text = bytes(heard[: sandbox.output_bytes]).decode(errors="replace")
        return Printed(text, too_much, too_long, process.returncode)


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):
        stream.write(data)
        await stream.drain()
        stream.close()
