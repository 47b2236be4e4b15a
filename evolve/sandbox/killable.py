"""Functions in processes that can be killed: for libraries that hang, crash or use signals.

A worker is a Python of its own that reads one JSON value a line, calls one function with it and
writes what it returns. Run as a program, this module is such a worker.
"""

import asyncio
import json
import os
import queue
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TypeAlias

from evolve import clock

Json: TypeAlias = Mapping[str, "str | float | bool | None"]

MEGABYTES = 2_048
"""What a worker may allocate: a formula may ask for more than any machine has."""


class KilledError(Exception):
    """A call without a result; the message says how its process ended."""


class Pool:
    """Some workers for one function; they start when they are needed. Close it."""

    def __init__(self, function: str, workers: int, timeout_s: float) -> None:
        """Starts nothing yet.

        Args:
            function: What to call, as in ``module:function``; takes and returns what JSON can say.
            workers: Calls at once.
            timeout_s: How long one may take, in seconds of the real clock, after which its process
                is killed.
        """
        self._function = function
        self._timeout_s = timeout_s
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="killable")

    async def call(self, argument: Json) -> Json:
        """Calls the function.

        In virtual time the clock stands still meanwhile.

        Raises:
            KilledError: It took too long, its process ended, or it raised.
        """
        loop = asyncio.get_running_loop()
        if isinstance(loop, clock.VirtualTimeLoop):
            return self._call(argument)
        return await loop.run_in_executor(self._threads, self._call, argument)

    def close(self) -> None:
        """Ends every worker."""
        self._threads.shutdown()
        while not self._idle.empty():
            _end(self._idle.get())

    def _call(self, argument: Json) -> Json:
        worker = self._start() if self._idle.empty() else self._idle.get()
        try:
            answer = self._ask(worker, json.dumps(argument).encode() + b"\n")
        except BaseException:
            _end(worker)
            raise
        self._idle.put(worker)
        if "raised" in answer:
            raise KilledError(str(answer["raised"]))
        return answer

    def _ask(self, worker: subprocess.Popen[bytes], line: bytes) -> Json:
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(line)
            worker.stdin.flush()
            answer = _line(worker.stdout.fileno(), self._timeout_s)
        except BrokenPipeError:
            answer = b""
        if answer is None:
            raise KilledError(f"no result within {self._timeout_s:g} s, so it was killed")
        if not answer.endswith(b"\n"):
            raise KilledError(f"its process ended with code {worker.wait()}")
        result: Json = json.loads(answer)
        return result

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this module, with a function that code names
            [sys.executable, "-m", "evolve.sandbox.killable", self._function],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C leaves it to us
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )


def _line(source: int, timeout_s: float) -> bytes | None:
    """A line, what came of it before the end, or None where that takes too long."""
    until, read = time.monotonic() + timeout_s, b""
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while not read.endswith(b"\n"):
            if not selector.select(max(0.0, until - time.monotonic())):
                return None
            part = os.read(source, 65_536)
            if not part:
                break
            read += part
    return read


def _end(worker: subprocess.Popen[bytes]) -> None:
    with worker:
        worker.kill()


def work(name: str) -> None:
    """Answers calls until there are no more."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    module, _, function = name.partition(":")
    call = getattr(import_module(module), function)
    for line in sys.stdin:
        try:
            answer = call(json.loads(line))
        except Exception as error:  # noqa: BLE001 - the caller gets the message
            answer = {"raised": f"{type(error).__name__}: {error}"[:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    work(sys.argv[1])
