"""Reads the runs of an archive and what belongs to a run as a whole."""

import difflib
import json
from collections.abc import Collection
from typing import NamedTuple

from archive import rows
from archive.errors import UnknownError
from archive.queries import Queries
from archive.records import Confirmation, Event, Look, Purpose, Run, Split, TaskRecord, Usage

_RUNS = "SELECT id, name, seed, settings, status, started, finished FROM runs"
_NEWEST = (
    # A run that confirmed and never searched has scored one given system; searches come before it.
    " ORDER BY EXISTS (SELECT 1 FROM decisions WHERE run = runs.key) AND NOT EXISTS"
    " (SELECT 1 FROM decisions WHERE run = runs.key AND purpose <> ?),"
    " started DESC, key DESC LIMIT 1"
)


class Snapshot(NamedTuple):
    """The state of a search after that many results, as the engine wrote it."""

    results_seen: int
    body: bytes


class RunReader(Queries):
    """Reads runs."""

    def runs(self) -> list[Run]:
        """Every run, oldest first."""
        return self._records(Run, _RUNS + " ORDER BY started, key")

    def run(self, ref: str | None = None) -> Run:
        """The run of that id; for None the newest search, or else the newest run.

        Raises:
            UnknownError: There is no such run; the message names the nearest.
        """
        if ref is None:
            found = self._records(Run, _RUNS + _NEWEST, rows.PURPOSES["confirm"])
        else:
            found = self._records(Run, _RUNS + " WHERE id = ?", ref)
        if found:
            return found[0]
        known = [row["id"] for row in self._rows("SELECT id FROM runs ORDER BY key DESC")]
        if not known:
            raise UnknownError(
                f"{self.name} has no run yet; `evolve run` makes one (a copy of an archive that is "
                "being written needs the -wal file beside it)"
            )
        nearest = difflib.get_close_matches(ref or "", known, cutoff=0.4) or known[:3]
        raise UnknownError(f"{self.name} has no run {ref!r}; the nearest: {', '.join(nearest)}")

    def tasks(self, run: Run) -> list[TaskRecord]:
        """The tasks of a run, by number."""
        sql = "SELECT number, id, split, domain FROM tasks WHERE run = ? ORDER BY number"
        return self._records(TaskRecord, sql, self._key(run))

    def results_seen(self, run: Run) -> int:
        """The number of results observed."""
        rollouts = "SELECT max(position) AS last FROM rollouts WHERE run = ?"
        proposal_results = "SELECT max(position) AS last FROM proposal_results WHERE run = ?"
        unscored = "SELECT max(position) AS last FROM unscored WHERE run = ?"
        last = [
            row["last"]
            for sql in (rollouts, proposal_results, unscored)
            for row in self._rows(sql, self._key(run))
        ]
        return max((position for position in last if position is not None), default=-1) + 1

    def failures(self, run: Run) -> dict[str, int]:
        """The number of evaluations by failure; the empty text stands for none."""
        sql = (
            "SELECT failure, count(*) AS n FROM rollouts WHERE run = ?1 GROUP BY failure"
            " UNION ALL SELECT reason, count(*) FROM unscored WHERE run = ?1 GROUP BY reason"
        )
        found: dict[str, int] = {}
        for row in self._rows(sql, self._key(run)):
            found[row["failure"]] = found.get(row["failure"], 0) + row["n"]
        return found

    def overruns(self, run: Run) -> tuple[int, int]:
        """The evaluations with replies beyond their limit of tokens, and the tokens beyond it."""
        sql = (
            "SELECT count(*) AS n, coalesce(sum(overrun), 0) AS tokens FROM"
            " (SELECT overrun FROM rollouts WHERE run = ?1"
            " UNION ALL SELECT overrun FROM unscored WHERE run = ?1) WHERE overrun > 0"
        )
        (found,) = self._rows(sql, self._key(run))
        return found["n"], found["tokens"]

    def split(self, run: Run) -> Split | None:
        """The split that standings are about: that of the first rollout of the search."""
        sql = (
            "SELECT split FROM rollouts"
            " JOIN tasks ON tasks.run = rollouts.run AND tasks.number = rollouts.task"
            " WHERE rollouts.run = ? AND purpose = 0 ORDER BY position LIMIT 1"
        )
        return next((row["split"] for row in self._rows(sql, self._key(run))), None)

    def spend(self, run: Run) -> dict[Purpose, Usage]:
        """What was consumed, by purpose."""
        sql = "SELECT * FROM spending WHERE run = ?"
        with self._sound("spending"):
            return {
                rows.read_purpose(row): rows.read_usage(row)
                for row in self._rows(sql, self._key(run))
            }

    def snapshot(self, run: Run, at_most: int | None = None) -> Snapshot | None:
        """The newest snapshot that is kept; with ``at_most``, of at most that many results."""
        sql = (
            "SELECT results_seen, body FROM snapshots"
            " WHERE run = ? AND results_seen <= coalesce(?, results_seen)"
            " ORDER BY key DESC LIMIT 1"
        )
        found = self._rows(sql, self._key(run), at_most)
        return next((Snapshot(**row) for row in found), None)

    def confirmations(self, run: Run) -> list[Confirmation]:
        """The confirmations of winners, oldest first."""
        sql = "SELECT json FROM confirmations WHERE run = ? ORDER BY key"
        with self._sound("a confirmation"):
            return [
                Confirmation.model_validate_json(row["json"])
                for row in self._rows(sql, self._key(run))
            ]

    def looks(self, run: Run) -> list[Look]:
        """The looks at the test split, oldest first."""
        sql = (
            'SELECT purpose, winner, seed, controls, tasks, "after", at FROM looks'
            " WHERE run = ? ORDER BY key"
        )
        with self._sound("a look"):
            return [
                Look(**{**row, **{name: json.loads(row[name]) for name in ("controls", "tasks")}})
                for row in self._rows(sql, self._key(run))
            ]

    def looks_at(self, tasks: Collection[str]) -> int:
        """The number of looks at any of these tasks, given by id, by all runs of the archive."""
        return sum(
            any(known[number] in tasks for number in look.tasks)
            for run in self.runs()
            for known in [{task.number: task.id for task in self.tasks(run)}]
            for look in self.looks(run)
        )

    def events(self, run: Run) -> list[Event]:
        """The events, oldest first."""
        sql = "SELECT at, kind, text FROM events WHERE run = ? ORDER BY key"
        return self._records(Event, sql, self._key(run))
