"""Runs that are killed, as real processes, go on as if nothing had happened."""

import json
import signal
import sqlite3
from pathlib import Path

import pytest

from evolve.runfile.settings import as_json
from tests.evolve.cli.commands import end
from tests.evolve.cli.slow_runs import (
    RUN,
    begin_run,
    goes_on_to_the_same_end,
    prepare,
    python,
    status,
    wait_for_results,
)
from tests.evolve.runs import settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepare(tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("order", ["ticket", {"ticket": {"lag": 1}}], ids=str)
def test_a_killed_run_resumes_to_the_same_export(folder: Path, order: object) -> None:
    (folder / "run.yaml").write_text(json.dumps(RUN | {"order": order}))
    whole = begin_run(folder, "whole.db")
    cut = begin_run(folder, "cut.db", SLOW="0.5")
    wait_for_results(cut, folder / "cut.db", 15)
    cut.kill()
    assert end(cut).code == -signal.SIGKILL
    assert end(whole).code == 0
    assert status(folder / "cut.db") == "running"
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


@pytest.mark.full
def test_a_killed_run_in_virtual_time_resumes_to_the_same_export(folder: Path) -> None:
    (folder / "run.yaml").write_text(as_json(settings(budget={"evaluations": 700}, seed=2)))
    cut = begin_run(folder, "cut.db")
    wait_for_results(cut, folder / "cut.db", 300)
    cut.kill()
    assert end(cut).code == -signal.SIGKILL
    assert end(begin_run(folder, "whole.db")).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")


KILLED_WITHIN = """
import os
import signal
import sys

from archive.store import Archive
from evolve.cli.main import main

left = int(sys.argv.pop(1))
opened = Archive.__init__


def count():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def counted(archive, database, *others):
    opened(archive, database, *others)
    database.set_progress_handler(count, 50)


Archive.__init__ = counted
main()
"""
"""Ends itself within a statement of SQLite, after so many times fifty of its instructions."""


@pytest.mark.full
@pytest.mark.parametrize("moments", [30, 110, 450])
def test_a_run_killed_within_a_write_resumes_to_the_same_export(folder: Path, moments: int) -> None:
    whole = begin_run(folder, "whole.db")
    words = ["run", "run.yaml", "--quiet", "--archive", "cut.db"]
    cut = python(KILLED_WITHIN, str(moments), *words, folder=folder)
    assert cut.code == -signal.SIGKILL, cut
    with sqlite3.connect(folder / "cut.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert status(folder / "cut.db") == "running"
    assert end(whole).code == 0
    goes_on_to_the_same_end(folder, "cut.db", "whole.db")
