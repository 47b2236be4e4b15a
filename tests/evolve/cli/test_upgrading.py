"""Archives of older versions and of other machines, through the real command."""

import json
import shutil
import sqlite3
from pathlib import Path

from archive.connection import VERSION
from archive.reading import Reader
from archive.store import Archive
from evolve.run import start
from tests.archive.older import write_first_version
from tests.evolve.cli.commands import evolve_process
from tests.evolve.runs import facts, settings


def test_older_archive_is_read_and_then_up_to_date(tmp_path: Path) -> None:
    write_first_version(tmp_path / "evolve.db")
    for words in (["list", "--json"], ["list", "--json"]):
        said = evolve_process("archive", *words, folder=tmp_path)
        assert (said.code, said.err) == (0, "")
        assert "old" in json.dumps(json.loads(said.out))
    with sqlite3.connect(tmp_path / "evolve.db") as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_archives_of_two_machines_are_joined(finished: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    shutil.copy(finished, here)
    with Archive.write(there) as archive:
        start(settings(budget={"evaluations": 60}, confirm={"tasks": 5}, seed=1), archive)
        other, came_to = archive.run().id, facts(archive)
    said = evolve_process("archive", "merge", "here.db", "there.db", folder=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert evolve_process("archive", "check", "--archive", "here.db", folder=tmp_path).code == 0
    with Reader.read(here) as joined, Reader.read(finished) as first:
        assert {run.id for run in joined.runs()} == {first.run().id, other}
        run = joined.run(other)
        assert [each.model_dump() for each in joined.candidates(run)] == came_to["candidates"]
        assert joined.standings(run) == came_to["standings"]
        assert joined.spend(run) == came_to["spend"]
