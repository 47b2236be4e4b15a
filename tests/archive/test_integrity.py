"""The checks find planted damage, and nothing where there is none."""

import pytest

from archive.records import Run
from archive.store import Archive

SOUND_BUT = [
    ("DELETE FROM decisions WHERE number = 0", "rollouts refer to missing rows of decisions"),
    (
        "DELETE FROM candidates WHERE number = 1",
        "rows of parentage refer to missing rows of candidates",
    ),
    ("DELETE FROM runs", "refer to missing rows of runs"),
    ("UPDATE configurations SET id = '00' WHERE key = 2", "configuration 2, stored as 00"),
    (
        "UPDATE configurations SET json = replace(json, 'Count', 'Guess')",
        "has the content id",
    ),
    ("UPDATE configurations SET json = 'x' WHERE key = 2", "is not a working system"),
    ("UPDATE rollouts SET position = 9 WHERE position = 3", "4 results are numbered 0 to 9"),
    ("UPDATE rollouts SET position = 2 WHERE position = 3", "with gaps or twice"),
    ("DELETE FROM rollouts WHERE position = 0", "numbered 1 to 3"),
    ("UPDATE candidates SET number = 7 WHERE number = 2", "numbered 0 to 7"),
    ("UPDATE rollouts SET candidate = 1 WHERE position = 0", "does not match decision 0"),
    ("UPDATE decisions SET purpose = 2 WHERE number = 0", "does not match decision 0"),
    ("UPDATE rollouts SET decision = 2 WHERE position = 3", "decision 2 has two results"),
    ("UPDATE parentage SET parent = 2 WHERE position = 1", "comes before its parent"),
    ("UPDATE traces SET body = substr(body, 1, 9) WHERE decision = 1", "decision 1 cannot be read"),
    ("UPDATE parentage SET edits = '[{}]'", "edits that led to candidate 2 cannot be read"),
    ("UPDATE rollouts SET usd = 1 WHERE position = 0", "total spent on searching"),
    ("UPDATE rollouts SET usd = NULL WHERE position = 0", "total spent on searching"),
]


def test_a_sound_archive_has_no_problems(filled: Archive) -> None:
    assert filled.integrity() == []


@pytest.mark.parametrize(("damage", "message"), SOUND_BUT)
def test_planted_damage_is_found(filled: Archive, run: Run, damage: str, message: str) -> None:
    filled._database.execute("PRAGMA foreign_keys = OFF")
    assert filled._database.execute(damage).rowcount
    problems = filled.integrity()
    assert any(message in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)


def test_damage_to_the_file_itself_is_found(filled: Archive) -> None:
    database = filled._database
    database.execute("PRAGMA writable_schema = ON")
    database.execute(
        "UPDATE sqlite_master SET rootpage ="
        " (SELECT rootpage FROM sqlite_master WHERE name = 'rollouts')"
        " WHERE name = 'proposal_results'"
    )
    database.execute("PRAGMA writable_schema = RESET")
    assert any("the file is damaged" in problem for problem in filled.integrity())
