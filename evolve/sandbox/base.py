"""The contract of sandboxes: a command line that runs a program where it can do no harm."""

import asyncio
import os
import sys
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from pydantic import Field, PrivateAttr

from evolve.errors import RunError
from evolve.plugins import Kind, Plugin

UNSAFE = "EVOLVE_UNSAFE_EXEC"
"""The environment variable that allows code to run without a sandbox."""

INSTALL = (
    "install bubblewrap (Debian: apt-get install bubblewrap), or name `docker` or `podman` as "
    "`sandbox`, or accept the risk with --unsafe-exec"
)
PACKAGE = Path(__file__).parents[2]
INSIDE = Path(__file__).parent / "inside"
"""What a sandbox makes visible of evolve."""


class Launch(NamedTuple):
    """A command line that runs a module of `inside`, and what ends it if a signal does not."""

    command: Sequence[str]
    end: Sequence[str] = ()
    descriptors: Sequence[int] = ()
    """Open files that it needs; the caller closes them afterwards."""


class Sandbox(Plugin):
    """Keeps programs from the network, from files and from other programs, and within limits."""

    wall_s: float = Field(default=10.0, gt=0, le=600, description="Seconds of real time.")
    memory_mb: int = Field(default=512, ge=64, description="Memory of each process, in MiB.")
    processes: int = Field(default=8, ge=1, le=1024, description="Processes and threads at once.")
    file_mb: int = Field(default=16, ge=1, description="A file, and a quarter of all, in MiB.")
    at_once: int = Field(default=4, ge=1, le=256, description="Programs at once; others wait.")
    output_bytes: int = Field(default=65_536, ge=1024, description="What is read of its output.")

    _slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = PrivateAttr(
        default_factory=WeakKeyDictionary
    )

    @property
    def slots(self) -> asyncio.Semaphore:
        """What bounds how many programs run at once in this event loop."""
        loop = asyncio.get_running_loop()
        return self._slots.setdefault(loop, asyncio.Semaphore(self.at_once))

    @property
    def safe(self) -> bool:
        """Whether it keeps programs in."""
        return True

    @property
    @abstractmethod
    def problem(self) -> str:
        """Why it cannot be used on this machine; empty if it can."""

    @abstractmethod
    def launch(self, module: str) -> Launch:
        """How to run a module of `evolve.sandbox.inside`."""

    def or_unsafe(self) -> "Sandbox":
        """Itself, or no sandbox at all where it cannot be used and that is allowed.

        Raises:
            RunError: It cannot be used here; the message says what to do.
        """
        problem = self.problem
        if not problem:
            return self
        if os.environ.get(UNSAFE) == "1":
            from evolve.sandbox.unsafe import Unsafe

            return Unsafe.model_validate(self.model_dump(include=set(Sandbox.model_fields)))
        raise RunError(f"code that a model wrote cannot be run: {problem}; {INSTALL}")

    def interpreter(self, module: str, python: str, folder: str) -> list[str]:
        """The command line of a module of `inside`, within the limits.

        Args:
            module: Its name there.
            python: Which Python runs it.
            folder: Where the package `evolve` is found.
        """
        limits = (int(self.wall_s) + 1, self.memory_mb, self.processes, self.file_mb)
        start = f"import sys; sys.path.insert(0, {folder!r}); import evolve.sandbox.inside.{module}"
        return [python, "-I", "-S", "-B", "-c", start, *map(str, limits)]


def this_python() -> Path:
    """The Python that runs this, outside of any virtual environment."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = Path(sys.base_prefix) / "bin" / version
    return found if found.exists() else Path(sys.executable).resolve()


SANDBOXES = Kind(
    "evolve.sandbox",
    Sandbox,
    besides=("inside", "judging", "killable", "processes", "programs", "seccomp", "unsafe"),
)
"""Every sandbox that a run file may choose."""
