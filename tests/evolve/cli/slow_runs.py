"""Runs whose model takes real time, as processes that can be stopped, killed and hindered."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from archive.errors import ArchiveError
from archive.reading import Reader
from evolve.export.choice import choose
from search_spaces.yaml_text import write_system
from tests.evolve.cli.commands import PATIENCE, ROOT, Completed, begin, evolve_process
from tests.evolve.runs import facts

MODEL = '''
"""A model that adds, errs as its prompt has it, and is as slow as the environment says."""

import asyncio
import os
import re
from hashlib import sha256

from evolve.models.base import Model, Reply, Request


class Slow(Model):
    """Takes real time."""

    async def complete(self, request: Request) -> Reply:
        await asyncio.sleep(float(os.environ.get("SLOW", "0")))
        if calls := os.environ.get("CALLS"):
            with open(calls, "a") as log:
                log.write(".")
        text = "".join(message.content for message in request.messages)
        a, b = re.search(r"What is (\\d+) plus (\\d+)", text).groups()
        draw = sha256(f"{text}{request.sample}".encode()).digest()[0]
        return Reply(f"Answer: {int(a) + int(b) + (draw < 100)}", 10, 5, 0.0)
'''
RUN: dict[str, Any] = {
    "name": "adding",
    "tasks": {"file": "tasks.jsonl", "split": "split"},
    "models": {"slow": "slow_model:Slow"},
    "space": {"agents": [1, 2], "rounds": 1},
    "seeds": {"library": ["single", "self_consistency"]},
    "allocator": {"racing": {"z": 1, "minimum": 3}},
    "budget": {"evaluations": 150},
    "concurrency": 4,
    "order": "ticket",
}


def prepare(folder: Path) -> Path:
    """Puts a run file, its tasks and its model into a folder."""
    tasks = [
        {"question": f"What is {n} plus {n * n % 7}?", "answer": f"{n + n * n % 7}", "split": split}
        for n, split in enumerate(["validation"] * 20 + ["test"] * 8)
    ]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    (folder / "slow_model.py").write_text(MODEL)
    (folder / "run.yaml").write_text(json.dumps(RUN))
    return folder


def begin_run(folder: Path, name: str, **variables: str) -> Popen[str]:
    return begin("run", "run.yaml", "--quiet", "--archive", name, folder=folder, **variables)


def python(script: str, *words: str, folder: Path) -> Completed:
    """Runs a script in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Completed(ended.returncode, ended.stdout, ended.stderr)


def wait_for_results(process: Popen[str], archive: Path, results: int) -> None:
    """Waits until a running process has so many results on disk."""
    for _ in until(PATIENCE):
        assert process.poll() is None, process.communicate()
        try:
            with Reader.read(archive) as reader:
                if reader.results_seen(reader.run()) >= results:
                    return
        except ArchiveError:
            pass  # it is not there yet


def until(seconds: float) -> Iterator[None]:
    """Yields at short intervals, and fails after a deadline."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        yield
        time.sleep(0.01)
    pytest.fail(f"waited {seconds} s in vain")


def status(archive: Path) -> str:
    with Reader.read(archive) as reader:
        assert reader.integrity() == []
        return reader.run().status


def goes_on_to_the_same_end(folder: Path, cut: str, whole: str) -> None:
    """Fails unless resuming one run leads to all that the other one came to."""
    resumed = evolve_process("resume", "--quiet", "--archive", cut, folder=folder)
    assert (resumed.code, resumed.err) == (0, "")
    for name in (cut, whole):
        assert status(folder / name) == "finished"
    with Reader.read(folder / cut) as one, Reader.read(folder / whole) as other:
        assert facts(one) == facts(other)
        exports = [write_system(choose(each, each.run()).config) for each in (one, other)]
    assert exports[0] == exports[1]
