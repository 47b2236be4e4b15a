"""A sandbox made of containers: slower to start than bubblewrap, and needs an image with Python."""

import os
import shutil
from random import Random

from pydantic import Field, PrivateAttr

from evolve.sandbox.base import INSIDE, Launch, Sandbox

_FOLDER = "/program"


class Docker(Sandbox):
    """A container of Docker's, without network."""

    image: str = Field(
        default="python:3.11-slim", pattern=r"^[a-z0-9][\w./:@-]*$", description="Has a `python3`."
    )

    _names: Random = PrivateAttr(default_factory=lambda: Random(os.urandom(16)))

    @property
    def program(self) -> str:
        """The command."""
        return "docker"

    @property
    def problem(self) -> str:
        """Why it cannot be used on this machine; empty if it can."""
        found = shutil.which(self.program)
        return "" if found else f"{self.program} is not installed"

    def launch(self, module: str) -> Launch:
        """How to run a module of `inside`."""
        name = f"evolve-{self._names.getrandbits(64):016x}"
        size = self.file_mb * 4
        command = [
            *(self.program, "run", "--rm", "--interactive", "--name", name, "--network", "none"),
            *("--read-only", "--tmpfs", f"/tmp:rw,size={size}m,mode=1777", "--workdir", "/tmp"),  # noqa: S108 - within
            *(
                "--memory",
                f"{self.memory_mb + size}m",
                "--memory-swap",
                f"{self.memory_mb + size}m",
            ),
            *("--pids-limit", str(self.processes), "--cap-drop", "ALL", "--log-driver", "none"),
            *("--security-opt", "no-new-privileges", "--user", "65534:65534", "--ipc", "none"),
            *("--volume", f"{INSIDE}:{_FOLDER}/evolve/sandbox/inside:ro", self.image),
            *self.interpreter(module, "python3", _FOLDER),
        ]
        return Launch(command, end=(self.program, "kill", name))
