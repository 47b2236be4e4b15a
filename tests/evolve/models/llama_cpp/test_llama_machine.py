"""Cores, memory and instruction sets, as a container limits them."""

import os
from pathlib import Path

import pytest

from evolve.models.llama_cpp import machine

COMPILED = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 0 | FMA = 1 | OPENMP = 1 | "


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    monkeypatch.setattr(machine.sys, "platform", "linux")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_without_limits_the_affinity_counts(tmp_path: Path) -> None:
    assert machine.free_cores(tmp_path) == 16
    assert machine.free_memory(tmp_path) is None


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 16), ("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1)],
)
def test_a_quota_of_version_2_limits_cores(tmp_path: Path, quota: str, cores: int) -> None:
    write(
        tmp_path,
        **{
            "proc/self/cgroup": "0::/docker/abc\n",
            "sys/fs/cgroup/docker/abc/cpu.max": f"{quota}\n",
        },
    )
    assert machine.free_cores(tmp_path) == cores


def test_the_narrowest_of_the_groups_around_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "proc/self/cgroup": "0::/slice/job\n",
            "sys/fs/cgroup/slice/job/cpu.max": "800000 100000\n",
            "sys/fs/cgroup/slice/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/slice/memory.max": f"{4 << 30}\n",
            "sys/fs/cgroup/slice/job/memory.max": "max\n",
            "proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable: 16777216 kB\n",
        },
    )
    assert machine.free_cores(tmp_path) == 3
    assert machine.free_memory(tmp_path) == 4 << 30


def test_groups_of_version_1_limit_both(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=x:/\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{1 << 30}\n",
            "proc/meminfo": "MemAvailable: 16777216 kB\n",
        },
    )
    assert machine.free_cores(tmp_path) == 4
    assert machine.free_memory(tmp_path) == 1 << 30


def test_no_limit_of_version_1_is_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "proc/self/cgroup": "5:cpu:/\n3:memory:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert machine.free_cores(tmp_path) == 16
    assert machine.free_memory(tmp_path) is None


@pytest.mark.parametrize(("written", "cores"), [("3", 3), ("40", 16), ("2,4", 2), ("x", 16)])
def test_what_an_executor_grants_limits_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, cores: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", written)
    assert machine.free_cores(tmp_path) == cores


def test_missing_instruction_sets_are_named(tmp_path: Path) -> None:
    write(tmp_path, **{"proc/cpuinfo": "processor : 0\nflags\t: fpu sse avx pni\n"})
    assert machine.missing_instructions(COMPILED, tmp_path) == ["AVX2", "FMA"]


def test_a_processor_that_has_them_or_does_not_say_lacks_none(tmp_path: Path) -> None:
    assert machine.missing_instructions(COMPILED, tmp_path) == []
    write(tmp_path, **{"proc/cpuinfo": "flags\t: avx avx2 fma f16c\n"})
    assert machine.missing_instructions(COMPILED, tmp_path) == []
