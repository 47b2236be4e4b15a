"""Copies runs between archives, with all rows that belong to them.

Content ids do not change. Rows that an archive has once (configurations, names, templates, replies)
are merged; the rows of a run keep their numbers and get the run's new key. Every table with a
``run`` column is copied, so a new table needs no change here.
"""
# ruff: noqa: S608 - SQL is put together from the names of our own tables and columns

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from archive.errors import ArchiveError

SHARED = {"configurations": ("id", "json"), "names": ("text",), "prompts": ("name", "text")}
"""Tables whose rows all runs share, with the columns that make two rows the same."""

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
    """A copied run: its id in the other archive, and in this one."""

    there: str
    here: str


def copy_runs(database: sqlite3.Connection) -> list[Merged]:
    """Copies the runs of the attached database ``other`` that this one does not have.

    Args:
        database: An archive within a transaction, the other one attached.

    Raises:
        ArchiveError: The other archive has more decisions of a run than this one.
    """
    for run, here, there in database.execute(_GONE_ON):
        raise ArchiveError(
            f"the other archive has more of run {run} ({there} decisions, {here} here); "
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
    """Adds a run; if another run has its id, it is numbered as a new run would be."""
    known = {run for (run,) in database.execute("SELECT id FROM main.runs")}
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
    """Adds the missing rows, and records the key of each in this archive."""
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
    """Copies the rows of the new runs, with references replaced by keys of this archive."""
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
    # Only a shared row, a reply or an endpoint, can exist already.
    database.execute(
        f"INSERT OR IGNORE INTO main.{table} ({_listed(columns)})"
        f" SELECT {', '.join(values)} FROM {source}"
    )


def _tables(database: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM other.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(sql)]


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table without an integer key, which only numbers rows."""
    described = database.execute(f"PRAGMA main.table_info({table})").fetchall()
    return [name for _, name, kind, *_ in described if (name, kind) != ("key", "INTEGER")]


def _references(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """The columns that refer to the key of another table, with that table."""
    described = database.execute(f"PRAGMA main.foreign_key_list({table})").fetchall()
    return {here: target for _, _, target, here, there, *_ in described if there == "key"}


def _listed(columns: Sequence[str], table: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{column}"' for column in columns)
