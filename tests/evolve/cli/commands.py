"""The `evolve` command for tests: in a process of its own, or quicker, in this one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import evolve
from evolve.cli.main import main
from evolve.runfile.settings import as_json
from tests.evolve.runs import settings

ROOT = Path(evolve.__file__).parents[1]
PATIENCE = 300
"""Seconds after which a process that hangs is given up."""


class Completed(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


def begin(*words: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Starts `evolve` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "evolve", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> Completed:
    """Waits until a process ends."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Completed(process.returncode, out, err)


def evolve_process(*words: str, folder: Path, **variables: str) -> Completed:
    """Runs `evolve` in a process of its own."""
    return end(begin(*words, folder=folder, **variables))


class Command:
    """Runs `evolve` in this process; the fixture `command` hands one out."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.patch = patch
        self.capture = capture

    def __call__(self, *words: str) -> Completed:
        self.patch.setattr(sys, "argv", ["evolve", *words])
        self.patch.setattr(sys, "excepthook", sys.__excepthook__)  # typer sets its own
        self.patch.setattr(sys, "path", list(sys.path))  # run files add their folders
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Completed(ended.value.code, *self.capture.readouterr())


def is_one_clear_line(result: Completed, *parts: str, code: int = 2) -> None:
    """Fails unless a command ended with that code and one line with these parts."""
    assert result.code == code, result
    lines = result.err.splitlines()
    assert len(lines) == 1, result.err
    assert lines[0].startswith("evolve: ")
    assert "Traceback" not in result.err
    for each in parts:
        assert each in lines[0]


def written(name: str, values: object) -> str:
    """A file in the working directory: text and bytes as they are, anything else as JSON."""
    text = values if isinstance(values, str | bytes) else json.dumps(values)
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def run_file(**changes: Any) -> str:
    """A run file that works but for the changes; a key may be a path such as ``tasks.file``."""
    values = json.loads(as_json(settings(budget={"evaluations": 60}, confirm={"tasks": 5})))
    del values["folder"]
    for path, value in changes.items():
        *outer, key = path.split(".")
        place = values
        for each in outer:
            place = place[each]
        place[key] = value
    return written("run.yaml", values)
