"""Appends runs and what belongs to a run as a whole."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from archive.records import Confirmation, Event, Look, Run, Standing, Status, TaskRecord
from archive.store.writer import Writer

SNAPSHOTS_KEPT = 3

_RUN = """INSERT INTO runs (id, name, seed, settings, status, started)
    VALUES (?, ?, ?, ?, ?, ?)"""
_TASK = "INSERT INTO tasks (run, number, id, split, domain) VALUES (?, ?, ?, ?, ?)"
_STANDING = """INSERT OR REPLACE INTO standings
    (run, candidate, mean, deviation, evaluations, cost) VALUES (?, ?, ?, ?, ?, ?)"""
_LOOK = """INSERT INTO looks (run, purpose, winner, seed, controls, tasks, "after", at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_OLD_SNAPSHOTS = """DELETE FROM snapshots WHERE run = ?1 AND key NOT IN
    (SELECT key FROM snapshots WHERE run = ?1 ORDER BY key DESC LIMIT ?2)"""


class RunWriter(Writer):
    """Appends runs, standings, snapshots, confirmations, looks and events."""

    def create_run(self, name: str, seed: int, settings: str, tasks: Sequence[TaskRecord]) -> Run:
        """Starts a run; equal settings and seeds give equal ids, numbered if need be.

        Args:
            name: A name for people; the id starts with it.
            seed: The random seed.
            settings: The resolved settings as JSON, without secrets.
            tasks: All tasks of the run.
        """
        digest = hashlib.sha256(f"{settings}{seed}".encode()).hexdigest()[:6]
        with self.group():
            known = {row["id"] for row in self._rows("SELECT id FROM runs")}
            ref, number = f"{name}-{digest}", 1
            while ref in known:
                number += 1
                ref = f"{name}-{digest}-{number}"
            started = datetime.now(UTC).isoformat(timespec="seconds")
            run = Run(id=ref, name=name, seed=seed, settings=settings, started=started)
            self._write(_RUN, [(ref, name, seed, settings, run.status, started)])
            key = self._key(run)
            self._write(_TASK, [(key, t.number, t.id, t.split, t.domain) for t in tasks])
        return run

    def set_status(self, run: Run, status: Status) -> Run:
        """Sets the status of a run; any but ``running`` also sets its end."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        finished = None if status == "running" else now
        with self.group():
            sql = "UPDATE runs SET status = ?, finished = ? WHERE key = ?"
            self._write(sql, [(status, finished, self._key(run))])
        return run.model_copy(update={"status": status, "finished": finished})

    def put_standings(self, run: Run, standings: Sequence[Standing]) -> None:
        """Replaces the standings of candidates."""
        key = self._key(run)
        with self.group():
            self._write(
                _STANDING,
                [
                    (key, each.candidate, each.mean, each.deviation, each.evaluations, each.cost)
                    for each in standings
                ],
            )

    def put_snapshot(self, run: Run, results_seen: int, body: bytes) -> None:
        """Adds the state of a search after that many results, and removes all but the last few."""
        key = self._key(run)
        with self.group():
            self._write(
                "INSERT INTO snapshots (run, results_seen, body) VALUES (?, ?, ?)",
                [(key, results_seen, body)],
            )
            self._write(_OLD_SNAPSHOTS, [(key, SNAPSHOTS_KEPT)])

    def add_confirmation(self, run: Run, confirmation: Confirmation) -> None:
        """Adds the confirmation of a winner."""
        with self.group():
            self._write(
                "INSERT INTO confirmations (run, json) VALUES (?, ?)",
                [(self._key(run), confirmation.model_dump_json())],
            )

    def add_look(self, run: Run, look: Look) -> None:
        """Adds a look at the test split."""
        controls = json.dumps([each.model_dump(mode="json") for each in look.controls])
        tasks = json.dumps(look.tasks)
        chosen = (look.purpose, look.winner, look.seed, controls, tasks)
        with self.group():
            self._write(_LOOK, [(self._key(run), *chosen, look.after, look.at)])

    def add_event(self, run: Run, event: Event) -> None:
        """Adds an event."""
        with self.group():
            self._write(
                "INSERT INTO events (run, at, kind, text) VALUES (?, ?, ?, ?)",
                [(self._key(run), event.at, event.kind, event.text)],
            )
