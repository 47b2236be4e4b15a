"""Commands whose output is closed, full or missing, as real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from archive.reading import Reader
from tests.evolve.cli.commands import PATIENCE, run_file

RUN = ("run", "run.yaml", "--archive", "kept.db")


def shell(line: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which $evolve is the command."""
    command = f'evolve() {{ {sys.executable} -m evolve "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", command, "bash", *words],
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    run_file()
    return tmp_path


@pytest.mark.full
@pytest.mark.parametrize(
    "line",
    [
        'evolve "$@" >&- 2>&-',
        'evolve "$@" <&- >&- 2>&-',
        'evolve "$@" >/dev/full',
        'evolve "$@" 2>/dev/full',
        'evolve "$@" --json >/dev/full',
        'evolve "$@" | true; exit ${PIPESTATUS[0]}',
        '(evolve "$@" 2>&1 >/dev/null; echo $? >code) | true; exit $(cat code)',
    ],
)
def test_a_run_ends_as_ever(folder: Path, line: str) -> None:
    done = shell(line, *RUN, folder=folder)
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    with Reader.read(folder / "kept.db") as archive:
        assert archive.run().status == "finished"
        assert archive.integrity() == []


@pytest.mark.full
def test_a_full_disk_behind_a_result_is_an_error(folder: Path) -> None:
    done = shell("evolve list presets >/dev/full", folder=folder)
    assert done.returncode == 2
    assert done.stderr == "evolve: standard output cannot be written: No space left on device\n"


@pytest.mark.full
def test_a_reader_that_has_seen_enough_is_no_error(folder: Path) -> None:
    done = shell("evolve list strategies | true; exit ${PIPESTATUS[0]}", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
