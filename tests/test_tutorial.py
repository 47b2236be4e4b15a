"""The tutorial: its commands in their order, as a person would type them."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from docs.generate import DOCS
from tests.evolve.cli.commands import PATIENCE, ROOT
from tests.test_documents import blocks

pytestmark = pytest.mark.full


class Did(NamedTuple):
    """A command and what it printed."""

    command: str
    out: str


class Shell:
    """Runs commands one after the other; those in the background are stopped in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.background: list[subprocess.Popen[str]] = []
        (folder / "bin").mkdir()
        evolve = folder / "bin" / "evolve"
        evolve.write_text(f'#!/bin/sh\nexec {sys.executable} -m evolve "$@"\n')
        evolve.chmod(0o755)
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.variables = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
        self.variables.pop("OPENAI_API_KEY", None)

    def __call__(self, command: str) -> Did:
        name, exported, value = command.partition("=")
        if name.startswith("export ") and exported:
            self.variables[name.removeprefix("export ")] = value
            return Did(command, "")
        if command.endswith("&"):
            return self.begin(command)
        output = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert output.returncode == 0, f"{command}\n{output.stdout}{output.stderr}"
        return Did(command, output.stdout)

    def begin(self, command: str) -> Did:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command.removesuffix('&')}"],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.background.append(process)
        assert process.stdout is not None
        return Did(command, process.stdout.readline())

    def end(self) -> None:
        for process in self.background:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    opened = Shell(folder)
    try:
        yield opened
    finally:
        opened.end()


def commands() -> list[str]:
    """What the tutorial has typed, on ports that are free here."""
    text = "".join(blocks("tutorial.md", "console"))
    for port in ("8000", "8322"):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            text = text.replace(port, str(found.getsockname()[1]))
    return text.splitlines()


def test_every_command_of_the_tutorial_works(tmp_path: Path) -> None:
    shutil.copy(DOCS / "tutorial" / "orders.csv", tmp_path)
    with shell(tmp_path) as run:
        done = [run(command) for command in commands()]
    output = {did.command.partition(" -")[0]: did.out for did in done}
    assert "Nothing has to be fixed" in output["evolve doctor run.yaml"]
    assert "sealed test" in output["evolve run run.yaml"]
    assert "on validation, from" in output["evolve archive lineage"]
    assert (tmp_path / "report.html").stat().st_size > 1e6
    answer = json.loads(done[-1].out)
    assert answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] > 0


def test_what_it_shows_is_what_there_is() -> None:
    shown = "".join(blocks("tutorial.md", "text"))
    first = (DOCS / "tutorial" / "orders.csv").read_text().splitlines()[:3]
    assert all(line in shown for line in first)
