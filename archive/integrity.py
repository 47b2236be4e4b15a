"""Checks an archive: the file, references between tables, and totals."""

import math
import sqlite3
import zlib
from collections.abc import Iterator

from pydantic import ValidationError

from archive.replies import read_body
from archive.rows import read_trace
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS

SHOWN = 5
"""How many problems of each kind are listed."""


def problems(database: sqlite3.Connection) -> list[str]:
    """The problems found, one line each; empty if the archive is sound."""
    try:
        file = [line for (line,) in database.execute("PRAGMA integrity_check") if line != "ok"]
        if file:
            return [f"the file is damaged: {line}" for line in file[:SHOWN]]
        checks = (_references, _configurations, _order, _purchases, _ancestors, _texts, _spending)
        return [problem for check in checks for problem in check(database)]
    except sqlite3.Error as error:
        return [f"the file is damaged: {error}"]


def _references(database: sqlite3.Connection) -> Iterator[str]:
    """Every rollout has its decision, every child its parents, every row its run."""
    missing: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in database.execute("PRAGMA foreign_key_check"):
        missing[table, parent] = missing.get((table, parent), 0) + 1
    for (table, parent), count in missing.items():
        yield f"{count} rows of {table} refer to missing rows of {parent}"


def _configurations(database: sqlite3.Connection) -> Iterator[str]:
    """Every configuration is a working system that hashes to its content id."""
    found = 0
    for key, stored, text in database.execute("SELECT key, id, json FROM configurations"):
        try:
            actual = SystemConfig.model_validate_json(text).id
        except ValidationError as error:
            problem = f"is not a working system ({error.errors()[0]['msg']})"
        else:
            problem = "" if actual == stored else f"has the content id {actual}"
        if problem and found < SHOWN:
            found += 1
            yield f"configuration {key}, stored as {stored}, {problem}"


def _order(database: sqlite3.Connection) -> Iterator[str]:
    """Results are numbered from 0 without gaps in the order in which they were observed."""
    sql = """
        SELECT runs.id, count(*), count(DISTINCT position), min(position), max(position)
        FROM (SELECT run, position FROM rollouts UNION ALL
            SELECT run, position FROM proposal_results UNION ALL
            SELECT run, position FROM unscored)
        JOIN runs ON runs.key = run GROUP BY run
    """
    for run, count, distinct, first, last in database.execute(sql):
        if (distinct, first, last) != (count, 0, count - 1):
            yield f"run {run}: {count} results are numbered {first} to {last} with gaps or twice"
    sql = """
        SELECT runs.id, count(*), min(number), max(number)
        FROM candidates JOIN runs ON runs.key = run GROUP BY run
    """
    for run, count, first, last in database.execute(sql):
        if (first, last) != (0, count - 1):
            yield f"run {run}: {count} candidates are numbered {first} to {last} with gaps"


def _purchases(database: sqlite3.Connection) -> Iterator[str]:
    """Every result belongs to the decision that it names, and no decision has two results."""
    sql = """
        SELECT runs.id, position, decision
        FROM (SELECT run, position, decision, candidate, task, trial, purpose FROM rollouts
            UNION ALL
            SELECT run, position, decision, candidate, task, trial, purpose FROM unscored) AS bought
        JOIN decisions ON decisions.run = bought.run AND decisions.number = decision
        JOIN runs ON runs.key = bought.run
        WHERE bought.candidate IS NOT decisions.candidate
        OR bought.task IS NOT decisions.task
        OR bought.trial IS NOT decisions.trial
        OR bought.purpose IS NOT decisions.purpose
    """
    for run, position, decision in database.execute(sql + f" LIMIT {SHOWN}"):
        yield f"run {run}: result {position} does not match decision {decision}"
    sql = """
        SELECT runs.id, max(position), decision
        FROM (SELECT run, position, decision FROM rollouts UNION ALL
            SELECT run, position, decision FROM proposal_results UNION ALL
            SELECT run, position, decision FROM unscored) AS results
        JOIN runs ON runs.key = results.run
        GROUP BY results.run, decision HAVING count(*) > 1
    """
    for run, position, decision in database.execute(sql + f" LIMIT {SHOWN}"):
        yield f"run {run}: decision {decision} has two results, one of them number {position}"


def _ancestors(database: sqlite3.Connection) -> Iterator[str]:
    """Parents come before their children, so lineage has no cycle."""
    sql = """
        SELECT runs.id, child, parent FROM parentage
        JOIN runs ON runs.key = run WHERE parent >= child
    """
    for run, child, parent in database.execute(sql + f" LIMIT {SHOWN}"):
        yield f"run {run}: candidate {child} comes before its parent {parent}"


def _texts(database: sqlite3.Connection) -> Iterator[str]:
    """Every trace, reply and list of edits can be read."""
    found = 0
    for run, decision, body in database.execute("SELECT run, decision, body FROM traces"):
        try:
            read_trace(body)
        except (ValueError, zlib.error):
            found += 1
            if found <= SHOWN:
                yield f"run with key {run}: the trace of decision {decision} cannot be read"
    for key, body in database.execute("SELECT key, body FROM replies"):
        try:
            read_body(body)
        except (ValueError, zlib.error):
            yield f"the reply {key.hex()[:12]} cannot be read"
    for run, child, edits in database.execute("SELECT run, child, edits FROM parentage"):
        try:
            EDITS.validate_json(edits)
        except ValidationError:
            yield f"run with key {run}: the edits that led to candidate {child} cannot be read"


def _spending(database: sqlite3.Connection) -> Iterator[str]:
    """The running totals of evaluations and of judging are the sums of their parts."""
    sql = """
        SELECT runs.id,
            CASE purpose WHEN 0 THEN 'searching' WHEN 2 THEN 'confirming' ELSE 'judging' END,
            spending.calls, spending.seconds, spending.usd,
            coalesce(sum(parts.calls), 0), total(parts.seconds),
            CASE WHEN count(*) = count(parts.usd) THEN total(parts.usd) END
        FROM spending JOIN runs ON runs.key = spending.run
        LEFT JOIN (SELECT run, purpose, calls, seconds, usd FROM rollouts
            UNION ALL SELECT run, purpose, calls, seconds, usd FROM unscored
            UNION ALL SELECT run, 3, calls, seconds, usd FROM judgements) AS parts
            USING (run, purpose)
        WHERE purpose NOT IN (1, 4) GROUP BY run, purpose
    """
    for run, purpose, *totals in database.execute(sql):
        kept, summed = totals[:3], totals[3:]
        if not all(map(_same, kept, summed)):
            yield f"run {run}: the total spent on {purpose} is not the sum of its parts"


def _same(kept: float | None, summed: float | None) -> bool:
    if kept is None or summed is None:
        return kept is summed
    return math.isclose(kept, summed, rel_tol=1e-6, abs_tol=1e-9)
