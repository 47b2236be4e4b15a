"""Runs that are stopped or killed, as real processes, and go on as if nothing had happened."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any

import pytest

from archive.errors import ArchiveError
from archive.reading import Reader
from evolve.export.choice import choose
from evolve.settings import as_json
from search_spaces.yaml_text import write_system
from tests.evolve.cli.commands import (
    PATIENCE,
    ROOT,
    Said,
    begin,
    end,
    evolve_process,
    is_one_clear_line,
)
from tests.evolve.runs import facts, settings

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
        said = "".join(message.content for message in request.messages)
        a, b = re.search(r"What is (\\d+) plus (\\d+)", said).groups()
        luck = sha256(f"{said}{request.sample}".encode()).digest()[0]
        return Reply(f"Answer: {int(a) + int(b) + (luck < 100)}", 10, 5, 0.0)
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a run file, its tasks and its model."""
    tasks = [
        {"question": f"What is {n} plus {n * n % 7}?", "answer": f"{n + n * n % 7}", "split": split}
        for n, split in enumerate(["validation"] * 20 + ["test"] * 8)
    ]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    (tmp_path / "slow_model.py").write_text(MODEL)
    (tmp_path / "run.yaml").write_text(json.dumps(RUN))
    return tmp_path


def begin_run(folder: Path, name: str, **variables: str) -> Popen[str]:
    return begin("run", "run.yaml", "--quiet", "--archive", name, folder=folder, **variables)


def wait_for_results(process: Popen[str], archive: Path, results: int) -> None:
    """Waits until a running process has so many results on disk."""
    for _ in until(PATIENCE):
        assert process.poll() is None, process.communicate()
        try:
            with Reader.read(archive) as reader:
                if reader.taken(reader.run()) >= results:
                    return
        except ArchiveError:
            pass  # it is not there yet


def until(seconds: float) -> Iterator[None]:
    """Yields every moment, and fails if nobody has stopped asking by then."""
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


@pytest.mark.parametrize(
    "order", ["ticket", pytest.param({"ticket": {"lag": 1}}, marks=pytest.mark.full)], ids=str
)
def test_killed_run_goes_on_to_the_same_export(folder: Path, order: object) -> None:
    (folder / "run.yaml").write_text(json.dumps(RUN | {"order": order}))
    whole = begin_run(folder, "whole.db")
    cut = begin_run(folder, "cut.db", SLOW="0.1")
    wait_for_results(cut, folder / "cut.db", 15)
    cut.kill()
    assert end(cut).code == -signal.SIGKILL
    assert end(whole).code == 0
    assert status(folder / "cut.db") == "running"
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


@pytest.mark.full
def test_killed_run_in_virtual_time_goes_on_to_the_same_export(folder: Path) -> None:
    (folder / "run.yaml").write_text(as_json(settings(budget={"evaluations": 1200}, seed=2)))
    cut = begin_run(folder, "cut.db")
    wait_for_results(cut, folder / "cut.db", 300)
    cut.kill()
    assert end(cut).code == -signal.SIGKILL
    assert end(begin_run(folder, "whole.db")).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP], ids=["interrupt", "hang-up"])
def test_stopped_run_goes_on_to_the_same_export(folder: Path, how: signal.Signals) -> None:
    whole = begin_run(folder, "whole.db")
    cut = begin_run(folder, "cut.db", SLOW="0.1")
    wait_for_results(cut, folder / "cut.db", 15)
    cut.send_signal(how)
    said = end(cut)
    is_one_clear_line(said, "stopped; what was settled is kept and `evolve resume`", code=130)
    assert re.search(r"was stopped; \d+ calls are made, nobody is confirmed", said.out)
    assert "evolve resume " in said.out
    assert status(folder / "cut.db") == "interrupted"
    assert end(whole).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


def test_full_disk_loses_nothing_that_was_settled(folder: Path) -> None:
    """A file may grow to 300 KiB here, which a run's archive soon does."""
    words = ["run", "run.yaml", "--quiet", "--archive", "cut.db"]
    limited = ["bash", "-c", 'ulimit -f 300; exec "$@"', "bash", sys.executable, "-m", "evolve"]
    cut = subprocess.run(
        [*limited, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    said = Said(cut.returncode, cut.stdout, cut.stderr)
    is_one_clear_line(said, "cannot write cut.db", "make room", "`evolve resume` goes on")
    assert end(begin_run(folder, "whole.db")).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


def test_terminated_evaluation_says_how_far_it_came(folder: Path) -> None:
    (folder / "system.yaml").write_text("agents: [{name: solver}]")
    words = ("eval", "system.yaml", "--run-file", "run.yaml", "--quiet")
    process = begin(*words, folder=folder, SLOW="0.3")
    wait_for_results(process, folder / "evolve.db", 4)
    process.terminate()
    is_one_clear_line(end(process), "stopped after ", " of 20 tasks; start it again", code=130)
    assert status(folder / "evolve.db") == "interrupted"


def test_second_interrupt_ends_the_run_at_once(folder: Path) -> None:
    process = begin_run(folder, "cut.db", SLOW="1000")
    for _ in until(PATIENCE):
        try:
            with Reader.read(folder / "cut.db") as reader:
                if reader.decisions(reader.run()):
                    break
        except ArchiveError:
            pass
    for patience in (1, 10, 10, 10):  # the first one lets what is under way end
        process.send_signal(signal.SIGINT)
        with suppress(TimeoutExpired):
            process.wait(timeout=patience)
            break
    is_one_clear_line(end(process), "interrupted", code=130)
    assert status(folder / "cut.db") == "interrupted"
