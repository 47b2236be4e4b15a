"""llama.cpp's own HTTP server inside this process, by the package xllamacpp; the only user of it.

The server lives in threads of this process and ends with it, however it ends. It listens on a free
loopback port and answers only with a random key, which no other process gets.
"""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from evolve.errors import OutageError, RunError
from evolve.models.openai.pace import Slots

_CACHE_MIB = 256
"""For prompts that were processed before; the default of 8 GiB outgrows small machines."""


def places(parallel: int) -> int:
    """How many calls are sent to a server that answers so many at once.

    A few wait there, so that a slot that gets free in one step of the model is taken in the next,
    without waiting for this process.
    """
    return parallel + parallel // 4 + 1


class Options(NamedTuple):
    """The identity of a server: models with equal options share one."""

    path: Path
    context: int
    """Tokens of one call, prompt and reply together."""
    parallel: int
    """Calls that are answered at once."""
    threads: int


class Server:
    """A running server; close it."""

    def __init__(self, options: Options) -> None:
        """Starts it; no other thread runs Python code until the file is loaded.

        Raises:
            OutageError: llama.cpp cannot load the file.
        """
        self.key = secrets.token_urlsafe(24)
        self.slots = Slots(places(options.parallel))
        """Of all models that share it."""
        self._server = _started(options, self.key)
        self.url = f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Ends it."""
        self._server = None


def library() -> Any:  # noqa: ANN401 - the package has no types
    """The package xllamacpp.

    Raises:
        RunError: It is not installed, or cannot be loaded on this machine.
    """
    if find_spec("xllamacpp") is None:
        raise RunError(
            "the model kind llama_cpp needs llama.cpp: pip install 'evolve-mas[local]' "
            "(wheels for Linux, macOS and Windows; no compiler)"
        )
    # Threads that wait for each other in a loop make a busy machine several times slower; OpenMP
    # reads this when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except (ImportError, OSError) as error:
        remedy = "install libgomp1" if "libgomp" in str(error) else "reinstall xllamacpp"
        raise RunError(
            f"llama.cpp cannot be loaded on this machine: {error}; {remedy}, or run a server of "
            "your own and use the model kind openai"
        ) from None
    return xllamacpp


def _started(options: Options, key: str) -> Any:  # noqa: ANN401 - the package has no types
    module = library()
    given = module.CommonParams()
    given.model.path = str(options.path)
    given.hostnames = ["127.0.0.1"]
    given.port = 0
    given.api_keys = [key]
    given.n_parallel = options.parallel
    given.n_ctx = options.context * options.parallel  # which it divides among the slots
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = options.threads
    given.cache_ram_mib = _CACHE_MIB
    given.ui = False
    given.verbosity = -1  # it would write into the display of a run
    try:
        return module.Server(given)
    except RuntimeError as error:
        raise OutageError(f"llama.cpp does not start: {error}") from None
