"""The templates of what models were asked for proposals: kept once, found with each proposal."""

import sqlite3
from pathlib import Path

from archive.reading import Reader
from archive.records import Birth, Decision, Prompt, Run
from archive.store import Archive

ASK = Prompt(name="edits", text="Propose {edits}.")
NEWER = Prompt(name="edits", text="Propose better {edits}.")
REPAIR = Prompt(name="repair", text="Put it right.")


def propose(archive: Archive, run: Run, number: int, *prompts: Prompt) -> Birth:
    decision = Decision(number=number, purpose="propose", after=number, at=0.0)
    birth = Birth(decision=number, taken=number, candidate=None, prompts=prompts, at=1.0)
    with archive.group():
        archive.add_decisions(run, [decision])
        archive.add_birth(run, birth)
    return birth


def test_a_proposal_comes_back_with_its_prompts_in_order(archive: Archive, run: Run) -> None:
    births = [
        propose(archive, run, 0, ASK, REPAIR),
        propose(archive, run, 1),
        propose(archive, run, 2, REPAIR, ASK),
        propose(archive, run, 3, NEWER),
    ]
    assert archive.births(run) == births
    assert list(archive.results(run)) == births
    (kept,) = archive._rows("SELECT count(*) AS count FROM prompts")
    assert kept["count"] == 3
    assert archive.integrity() == []


def test_each_runs_proposals_are_its_own(archive: Archive, run: Run) -> None:
    other = archive.create_run("other", 1, "{}", [])
    propose(archive, run, 0, ASK)
    propose(archive, other, 0, REPAIR)
    assert archive.births(run)[0].prompts == (ASK,)
    assert archive.births(other)[0].prompts == (REPAIR,)


def test_people_see_versions(archive: Archive, run: Run) -> None:
    propose(archive, run, 0, ASK, REPAIR)
    propose(archive, run, 1, NEWER)
    told = [row["prompts"] for row in archive._rows("SELECT * FROM proposals ORDER BY decision")]
    assert told == [f"edits@{ASK.version} repair@{REPAIR.version}", f"edits@{NEWER.version}"]
    assert ASK.version != NEWER.version


def test_an_archive_from_before_prompts_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Archive.write(path) as archive:
        run = archive.create_run("old", 1, "{}", [])
        birth = propose(archive, run, 0)
    database = sqlite3.connect(path)
    with database:
        database.executescript(
            "DROP VIEW proposals; DROP TABLE birth_prompts; DROP TABLE prompts;"
            "DELETE FROM _sqlite_migrations WHERE name = '0003_prompts'; PRAGMA user_version = 2;"
        )
    database.close()
    with Reader.read(path) as reader:
        assert reader.births(reader.run()) == [birth]
