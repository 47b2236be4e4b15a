"""Joins archives of different machines: runs are copied with all that belongs to them.

Content ids stay what they are. What an archive keeps once (configurations, names, templates,
replies) is kept once here too; the rows of a run keep their numbers and get the run's new key.
Every table that tells its run is copied, so that a new one needs nothing here.
"""
# ruff: noqa: S608 - SQL is put together from the names of our own tables and columns

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from archive.errors import ArchiveError

SHARED = {"configurations": ("id", "json"), "names": ("text",), "prompts": ("name", "text")}
"""What is kept once, under a key of its own, by what makes two rows the same."""

_GONE_ON = """
    SELECT ours.id, (SELECT count(*) FROM main.decisions WHERE run = ours.key) AS here,
        (SELECT count(*) FROM other.decisions WHERE run = theirs.key) AS there
    FROM other.runs AS theirs JOIN main.runs AS ours USING (name, seed, settings, started)
    WHERE there > here
"""
_NEW_RUNS = """
    SELECT theirs.key, theirs.id FROM other.runs AS theirs
    LEFT JOIN main.runs AS ours USING (name, seed, settings, started)
    WHERE ours.key IS NULL ORDER BY theirs.started, theirs.key
"""


class Merged(NamedTuple):
    """A run that was copied: its id where it came from, and here."""

    there: str
    here: str


def copy_runs(database: sqlite3.Connection) -> list[Merged]:
    """Copies the runs of the attached database ``other`` that are not here yet.

    Args:
        database: An archive within a transaction, the other one attached.

    Raises:
        ArchiveError: A run goes on there that is here in part.
    """
    for run, here, there in database.execute(_GONE_ON):
        raise ArchiveError(
            f"run {run} has gone on there ({there} decisions, {here} here); "
            "merge the other way round, into the archive that has more of it"
        )
    database.execute(
        "CREATE TEMP TABLE keys (of_table TEXT, there INTEGER, here INTEGER,"
        " PRIMARY KEY (of_table, there)) WITHOUT ROWID"
    )
    new = database.execute(_NEW_RUNS).fetchall()
    merged = [_add_run(database, key, run) for key, run in new]
    for table, same in SHARED.items():
        _share(database, table, same)
    for table in _tables(database):
        if table not in SHARED and "run" in _columns(database, table):
            _copy(database, table)
    database.execute("DROP TABLE temp.keys")
    return merged


def _add_run(database: sqlite3.Connection, key: int, run: str) -> Merged:
    """Adds a run; one whose id is another run's here is numbered, as a new run would be."""
    known = {taken for (taken,) in database.execute("SELECT id FROM main.runs")}
    here, number = run, 1
    while here in known:
        number += 1
        here = f"{run}-{number}"
    columns = _listed([column for column in _columns(database, "runs") if column != "id"])
    added = database.execute(
        f"INSERT INTO main.runs (id, {columns}) SELECT ?, {columns} FROM other.runs WHERE key = ?",
        (here, key),
    )
    database.execute("INSERT INTO temp.keys VALUES ('runs', ?, ?)", (key, added.lastrowid))
    return Merged(run, here)


def _share(database: sqlite3.Connection, table: str, same: Sequence[str]) -> None:
    """Adds the rows that are not here yet, and notes under which key each is here."""
    columns = _columns(database, table)
    joined = " AND ".join(f"theirs.{column} = ours.{column}" for column in same)
    pairs = f"other.{table} AS theirs LEFT JOIN main.{table} AS ours ON {joined}"
    database.execute(
        f"INSERT INTO main.{table} ({_listed(columns)})"
        f" SELECT {_listed(columns, 'theirs')} FROM {pairs} WHERE ours.key IS NULL"
    )
    database.execute(
        f"INSERT INTO temp.keys SELECT '{table}', theirs.key, ours.key FROM {pairs}"
        " GROUP BY theirs.key"
    )


def _copy(database: sqlite3.Connection, table: str) -> None:
    """Copies the rows of the new runs, with the keys that what they refer to has here."""
    columns, source, values = _columns(database, table), f"other.{table} AS theirs", []
    refers = {"run": "runs", **_references(database, table)}
    for column in columns:
        value = f'theirs."{column}"'
        if column in refers:
            source += (
                f" JOIN temp.keys AS {column}_keys ON {column}_keys.there = {value}"
                f" AND {column}_keys.of_table = '{refers[column]}'"
            )
            value = f"{column}_keys.here"
        values.append(value)
    # Only what is kept once can be here already: a reply.
    database.execute(
        f"INSERT OR IGNORE INTO main.{table} ({_listed(columns)})"
        f" SELECT {', '.join(values)} FROM {source}"
    )


def _tables(database: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM other.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(sql)]


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table but for a key that only counts its rows."""
    described = database.execute(f"PRAGMA main.table_info({table})").fetchall()
    return [name for _, name, kind, *_ in described if (name, kind) != ("key", "INTEGER")]


def _references(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns that hold the key of a row elsewhere, with that table."""
    described = database.execute(f"PRAGMA main.foreign_key_list({table})").fetchall()
    return {here: target for _, _, target, here, there, *_ in described if there == "key"}


def _listed(columns: Sequence[str], table: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{column}"' for column in columns)
