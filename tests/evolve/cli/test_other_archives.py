"""Archives of other versions and of other machines, through the real command."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from archive.connection import VERSION
from archive.reading import Reader
from archive.store import Archive
from evolve.engine.run import start
from tests.evolve.cli.commands import evolve_process
from tests.evolve.runs import facts, settings


@pytest.mark.full
@pytest.mark.parametrize(
    ("version", "expected"),
    [(VERSION - 1, "was written by an older version"), (VERSION + 1, "upgrade evolve-mas")],
)
def test_an_archive_of_another_version_is_refused_in_one_line(
    tmp_path: Path, version: int, expected: str
) -> None:
    Archive.write(tmp_path / "evolve.db").close()
    with sqlite3.connect(tmp_path / "evolve.db") as database:
        database.execute(f"PRAGMA user_version = {version}")
    refused = evolve_process("archive", "list", folder=tmp_path)
    assert refused.code != 0
    assert refused.out == ""
    assert expected in refused.err
    assert len(refused.err.strip().splitlines()) == 1


@pytest.mark.full
def test_archives_of_two_machines_are_joined(finished: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    shutil.copy(finished, here)
    with Archive.write(there) as archive:
        start(settings(budget={"evaluations": 60}, confirm={"tasks": 5}, seed=1), archive)
        other, came_to = archive.run().id, facts(archive)
    result = evolve_process("archive", "merge", "here.db", "there.db", folder=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert evolve_process("archive", "check", "--archive", "here.db", folder=tmp_path).code == 0
    with Reader.read(here) as joined, Reader.read(finished) as first:
        assert {run.id for run in joined.runs()} == {first.run().id, other}
        run = joined.run(other)
        assert [each.model_dump() for each in joined.candidates(run)] == came_to["candidates"]
        assert joined.standings(run) == came_to["standings"]
        assert joined.spend(run) == came_to["spend"]
