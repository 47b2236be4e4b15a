"""A sandbox of Linux namespaces, made by bubblewrap: no daemon, no image, a few milliseconds.

A program sees the system's libraries and a Python, read-only, and an empty folder that vanishes
with it. It has no network, no environment, and sees no other process. Where evolve runs as root,
every program runs as a user of its own, because the kernel does not count root's processes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

from pydantic import PrivateAttr

from evolve.sandbox import seccomp
from evolve.sandbox.base import INSIDE, Launch, Sandbox, this_python

_FOLDER = "/program"
_NAMESPACES = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
_USERS = range(30_000, 60_000)
"""User ids that programs of root run as."""


class Bubblewrap(Sandbox):
    """Namespaces of the Linux kernel, made by bubblewrap."""

    _problem: str | None = PrivateAttr(default=None)
    _rng: Random = PrivateAttr(default_factory=lambda: Random(os.urandom(16)))

    @property
    def problem(self) -> str:
        """Why it cannot be used on this machine; empty if it can. Tried once."""
        if self._problem is None:
            self._problem = _problem()
        return self._problem

    def launch(self, module: str) -> Launch:
        """How to run a module of `inside`."""
        python = this_python()
        program = self.interpreter(module, str(python), _FOLDER)
        if os.geteuid() == 0:
            program.append(str(self._rng.choice(_USERS)))
        calls = seccomp.descriptor()
        filtered = () if calls is None else ("--seccomp", str(calls))
        visible = _visible(python)
        scratch = ("--size", str(self.file_mb * 2**22), "--tmpfs", "/tmp")  # noqa: S108 - within
        command = ["bwrap", *_NAMESPACES, *_RULES, *visible, "--perms", "1777", *scratch]
        command += [*_TIGHTEN, *filtered, "--", *program]
        return Launch(command, descriptors=() if calls is None else (calls,))


_RULES = (
    *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"),
    *("--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp"),  # noqa: S108 - within
    *("--setenv", "LANG", "C.UTF-8", "--hostname", "sandbox", "--cap-drop", "ALL"),
    *("--proc", "/proc", "--dev", "/dev"),
)
_TIGHTEN = ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp")  # noqa: S108 - within
_AS_ROOT = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")


def _visible(python: Path) -> list[str]:
    """What is seen of the machine: libraries, programs, a Python and what runs within."""
    shown = list(_AS_ROOT) if os.geteuid() == 0 else []
    for name in ("/usr", "/bin", "/lib", "/lib64", "/sbin"):
        path = Path(name)
        if path.is_symlink():
            shown += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            shown += ["--ro-bind", name, name]
    shown += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for prefix in dict.fromkeys((python.parents[1], python.resolve().parents[1])):
        if not prefix.is_relative_to("/usr"):
            for folder in reversed(prefix.parents[:-1]):  # else only root could enter
                shown += ["--perms", "0755", "--dir", str(folder)]
            shown += ["--ro-bind", str(prefix), str(prefix)]
    return [*shown, "--ro-bind", str(INSIDE), f"{_FOLDER}/evolve/sandbox/inside"]


def _problem() -> str:
    if sys.platform != "linux":
        return f"bubblewrap works on Linux alone, and this is {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    trial = Bubblewrap()
    trial._problem = ""
    launch = trial.launch("trial")
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            launch.command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=launch.descriptors,
            timeout=20,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here ({error})"
    finally:
        for descriptor in launch.descriptors:
            os.close(descriptor)
    if done.returncode == 0 and done.stdout.strip() == b"works":
        return ""
    said = " ".join(done.stderr.decode(errors="replace").split())
    return f"bubblewrap does not work here ({said[-200:] or 'no reason given'})"
