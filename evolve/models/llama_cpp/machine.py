"""What this machine gives the process: processor cores, memory and instruction sets.

Containers limit both through control groups, version 1 or 2, which the number of processors and
the size of the memory do not show.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_ROOT = Path("/")
_UNLIMITED = 1 << 60
"""Version 1 writes a number of about 2⁶³ where there is no limit."""


def free_cores(root: Path = _ROOT) -> int:
    """The cores that the process may use: its affinity, the group's quota and OMP_NUM_THREADS.

    Executors such as Ray's set the variable to what they grant a worker.

    Args:
        root: Where ``proc`` and ``sys`` are; another place in tests.
    """
    limits = [_affinity(), *(int(quota) for quota in _quotas(root))]
    with suppress(ValueError):
        limits.append(int(os.environ.get("OMP_NUM_THREADS", "").split(",")[0]))
    return max(1, min(limits))


def free_memory(root: Path = _ROOT) -> int | None:
    """Bytes that the process may still take: what is available, within the group's limit."""
    limits = list(_memory_limits(root))
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                limits.append(int(rest.split()[0]) * 1024)
    return min(limits, default=None)


def missing_instructions(compiled: str, root: Path = _ROOT) -> list[str]:
    """The instruction sets that a library was compiled for and that this processor lacks.

    Args:
        compiled: What llama.cpp reports, such as ``CPU : AVX = 1 | AVX2 = 1``.
        root: Where ``proc`` is.
    """
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    parts = (part.split(":")[-1].partition("=") for part in compiled.split("|"))
    wanted = [name.strip() for name, _, value in parts if value.strip() == "1"]
    known = [name for name in wanted if name.startswith(("AVX", "FMA", "F16C", "BMI"))]
    return [name for name in known if flags and name.lower() not in flags]


def _affinity() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Cores that each group around the process may use."""
    for folder in _groups(root, "cpu"):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)  # `max` is no number
        with suppress(OSError, ValueError):
            quota_us = int((folder / "cpu.cfs_quota_us").read_text())
            if quota_us > 0:
                yield quota_us / int((folder / "cpu.cfs_period_us").read_text())


def _memory_limits(root: Path) -> Iterator[int]:
    for folder in _groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):
                limit = int((folder / name).read_text())
                if limit < _UNLIMITED:
                    yield limit


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the process's control group and of those around it, innermost first."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, names, path = [*line.split(":", 2), "", ""][:3]
        if number == "0" and not names:
            yield from _upwards(root / "sys/fs/cgroup", path)
        elif controller in names.split(","):
            mounts: Iterable[str] = dict.fromkeys((names, controller))
            for mount in mounts:
                yield from _upwards(root / "sys/fs/cgroup" / mount, path)


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """A group's folder and its parents; in a container the mount itself is the group."""
    inner = PurePosixPath(path.lstrip("/"))
    yield mount / inner
    for parent in inner.parents if inner.name else ():
        yield mount / parent
