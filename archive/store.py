"""Writes an archive: append-only, in groups, by one writer at a time."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from archive import replies, rows
from archive.connection import (
    WriterLock,
    attached,
    explain_failure,
    open_for_writing,
    open_in_memory,
)
from archive.errors import ArchiveError
from archive.merging import Merged, copy_runs
from archive.reading import Reader
from archive.records import (
    Birth,
    Candidate,
    Confirmation,
    Decision,
    Event,
    Look,
    Prompt,
    Purpose,
    Rollout,
    Run,
    Standing,
    Status,
    Step,
    TaskRecord,
    Traces,
    Unscored,
    Usage,
)
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS

SNAPSHOTS_KEPT = 3

_RUN = """INSERT INTO runs (id, name, seed, settings, status, started)
    VALUES (?, ?, ?, ?, ?, ?)"""
_TASK = "INSERT INTO tasks (run, number, id, split, domain) VALUES (?, ?, ?, ?, ?)"
_CANDIDATE = """INSERT INTO candidates (run, number, configuration, operator, rationale, choices)
    VALUES (?, ?, ?, ?, ?, ?)"""
_PARENT = """INSERT INTO parentage (run, child, position, parent, edits)
    VALUES (?, ?, ?, ?, ?)"""
_STANDING = """INSERT OR REPLACE INTO standings
    (run, candidate, mean, deviation, evaluations, usd) VALUES (?, ?, ?, ?, ?, ?)"""
_OLD_SNAPSHOTS = """DELETE FROM snapshots WHERE run = ?1 AND key NOT IN
    (SELECT key FROM snapshots WHERE run = ?1 ORDER BY key DESC LIMIT ?2)"""


class Archive(Reader):
    """An archive that is being written.

    Every append is durable when it returns, or when the group it is part of ends.
    """

    def __init__(
        self, database: sqlite3.Connection, name: str, lock: WriterLock | None = None
    ) -> None:
        """Writes to an open database.

        Args:
            database: A connection in autocommit mode, its tables made.
            name: What error messages call the archive.
            lock: What keeps other writers out, released on closing.
        """
        super().__init__(database, name)
        self._lock = lock
        self._names: dict[str, int] = {}

    @classmethod
    def write(cls, path: Path) -> Self:
        """Opens an archive as its only writer, and makes it if it is not there.

        Raises:
            ArchiveError: It is foreign, newer, locked by another writer or unwritable.
        """
        database, lock = open_for_writing(path)
        return cls(database, str(path), lock)

    @classmethod
    def in_memory(cls) -> Self:
        """An archive that is gone when it is closed."""
        return cls(open_in_memory(), "the archive in memory")

    def close(self) -> None:
        """Lets go of the file and lets the next writer in."""
        super().close()
        if self._lock is not None:
            self._lock.release()

    def group(self) -> AbstractContextManager[None]:
        """Makes the appends within it one transaction: all of them are kept, or none.

        Raises:
            ArchiveError: The disk refuses, or an append contradicts what is there.
        """
        return nullcontext() if self._database.in_transaction else self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            raise ArchiveError(f"{self.name}: a record contradicts others: {error}") from error
        except OverflowError:
            raise ArchiveError(f"{self.name}: a number does not fit into 64 bits") from None
        except sqlite3.Error as error:
            raise explain_failure(error, self.name) from error
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
                self._keys.clear()
                self._names.clear()

    def create_run(self, name: str, seed: int, settings: str, tasks: Sequence[TaskRecord]) -> Run:
        """Starts a run; equal settings and seeds give equal ids, numbered if need be.

        Args:
            name: What a person calls it; the id starts with it.
            seed: The seed of its randomness.
            settings: The resolved settings as JSON, without secrets.
            tasks: Every task it may be scored on.
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
        """Notes how a run stands; one that is not running has finished for now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        finished = None if status == "running" else now
        with self.group():
            sql = "UPDATE runs SET status = ?, finished = ? WHERE key = ?"
            self._write(sql, [(status, finished, self._key(run))])
        return run.model_copy(update={"status": status, "finished": finished})

    def add_candidate(self, run: Run, candidate: Candidate) -> None:
        """Adds a candidate and the arrows from its parents."""
        key = self._key(run)
        with self.group():
            row = (
                key,
                candidate.number,
                self._configuration(candidate.config),
                candidate.operator,
                candidate.rationale,
                json.dumps(candidate.choices, sort_keys=True),
            )
            self._write(_CANDIDATE, [row])
            self._write(
                _PARENT,
                [
                    (
                        key,
                        candidate.number,
                        position,
                        parent.candidate,
                        EDITS.dump_json(parent.edits).decode(),
                    )
                    for position, parent in enumerate(candidate.parents)
                ],
            )

    def add_decisions(self, run: Run, decisions: Sequence[Decision]) -> None:
        """Adds what the search decided to buy."""
        key = self._key(run)
        with self.group():
            self._write(rows.ADD_DECISION, [rows.decision_row(key, each) for each in decisions])

    def add_rollouts(self, run: Run, rollouts: Sequence[Rollout], traces: Traces = "all") -> None:
        """Adds settled evaluations with their calls.

        Args:
            run: To which run.
            rollouts: Results of decisions that are there already.
            traces: Whose texts are kept.
        """
        key = self._key(run)
        with self.group():
            self._write(rows.ADD_ROLLOUT, [rows.rollout_row(key, rollout) for rollout in rollouts])
            self._add_calls(
                key, [(each.decision, each.trace.steps + each.score.steps) for each in rollouts]
            )
            self._write(
                rows.ADD_TRACE,
                [
                    (key, rollout.decision, rows.trace_body(rollout.trace))
                    for rollout in rollouts
                    if rows.keeps(traces, rollout)
                ],
            )
            for purpose in {rollout.purpose for rollout in rollouts}:
                mine = (each.trace.usage for each in rollouts if each.purpose == purpose)
                self._spend(key, purpose, Usage.total(mine))
            self._add_judgements(key, [(each.decision, each.score.steps) for each in rollouts])

    def add_unscored(self, run: Run, unscored: Unscored) -> None:
        """Adds a settled evaluation whose answer nobody could score, with its calls."""
        key, decision = self._key(run), unscored.decision
        with self.group():
            self._write(rows.ADD_UNSCORED, [rows.unscored_row(key, unscored)])
            self._add_calls(key, [(decision, unscored.trace.steps + unscored.steps)])
            body = rows.trace_body(unscored.trace)
            self._write(rows.ADD_TRACE, [(key, decision, body)])
            self._spend(key, unscored.purpose, unscored.trace.usage)
            self._add_judgements(key, [(decision, unscored.steps)])

    def add_birth(self, run: Run, birth: Birth, traces: Traces = "all") -> None:
        """Adds the settled result of a proposal with its calls.

        Args:
            run: To which run.
            birth: The result of a decision that is there already.
            traces: Whether texts are kept; the usage of every call is kept in any case.
        """
        key = self._key(run)
        with self.group():
            self._write(rows.ADD_BIRTH, [rows.birth_row(key, birth)])
            self._add_calls(key, [(birth.decision, birth.steps)])
            body = rows.trace_body(rows.birth_trace(birth, traces))
            self._write(rows.ADD_TRACE, [(key, birth.decision, body)])
            prompts = enumerate(map(self._prompt, birth.prompts))
            asked = [(key, birth.decision, place, prompt) for place, prompt in prompts]
            self._write(rows.ADD_BIRTH_PROMPT, asked)
            self._spend(key, "propose", Usage.total(step.usage for step in birth.steps))

    def put_standings(self, run: Run, standings: Sequence[Standing]) -> None:
        """Notes what is believed now about candidates, in place of what was before."""
        key = self._key(run)
        with self.group():
            self._write(
                _STANDING,
                [
                    (key, each.candidate, each.mean, each.deviation, each.evaluations, each.usd)
                    for each in standings
                ],
            )

    def put_snapshot(self, run: Run, taken: int, body: bytes) -> None:
        """Keeps the state of a search after that many results; only the last few are kept."""
        key = self._key(run)
        with self.group():
            self._write(
                "INSERT INTO snapshots (run, taken, body) VALUES (?, ?, ?)", [(key, taken, body)]
            )
            self._write(_OLD_SNAPSHOTS, [(key, SNAPSHOTS_KEPT)])

    def add_confirmation(self, run: Run, confirmation: Confirmation) -> None:
        """Adds how the winner did on sealed tasks."""
        with self.group():
            self._write(
                "INSERT INTO confirmations (run, json) VALUES (?, ?)",
                [(self._key(run), confirmation.model_dump_json())],
            )

    def add_look(self, run: Run, look: Look) -> None:
        """Counts a look at the test split."""
        with self.group():
            self._write(
                "INSERT INTO looks (run, what, tasks, at) VALUES (?, ?, ?, ?)",
                [(self._key(run), look.what, json.dumps(look.tasks), look.at)],
            )

    def add_event(self, run: Run, event: Event) -> None:
        """Adds something worth remembering."""
        with self.group():
            self._write(
                "INSERT INTO events (run, at, kind, text) VALUES (?, ?, ?, ?)",
                [(self._key(run), event.at, event.kind, event.text)],
            )

    def add_loss(self, run: Run, usage: Usage) -> None:
        """Books a call that may have been billed and brought no answer."""
        with self.group():
            self._spend(self._key(run), "lost", usage)

    def add_replies(self, run: Run, bodies: Mapping[bytes, str]) -> None:
        """Adds replies that a run has paid for, by key; what is there already stays."""
        with self.group():
            self._write(replies.ADD, replies.reply_rows(self._key(run), bodies))

    def reply(self, key: bytes) -> str | None:
        """The reply that is there of that key, whichever run has paid for it."""
        try:
            row = self._database.execute(replies.FIND, (key,)).fetchone()
        except sqlite3.Error as error:
            raise explain_failure(error, self.name) from None
        if row is None:
            return None
        with self._sound("a reply"):
            return replies.read_body(row[0])

    def merge(self, path: Path) -> list[Merged]:
        """Copies the runs of another archive that are not here yet; it stays as it is.

        Raises:
            ArchiveError: It cannot be read, or a run goes on there that is here in part.
        """
        with attached(self._database, path, self.name), self.group():
            merged = copy_runs(self._database)
        self._names.clear()
        return merged

    def put_endpoint(self, run: Run, key: str, takes: str) -> None:
        """Notes what an endpoint turned out to take, in place of what was known before.

        Args:
            run: Who found it out.
            key: Which endpoint; never with a secret.
            takes: What it takes, as JSON.
        """
        found = datetime.now(UTC).isoformat(timespec="seconds")
        with self.group():
            self._write(
                "INSERT OR REPLACE INTO endpoints (key, run, takes, found) VALUES (?, ?, ?, ?)",
                [(key, self._key(run), takes, found)],
            )

    def endpoint(self, key: str, since: datetime) -> str | None:
        """What an endpoint is known to take, as JSON; None if nobody found it out since then."""
        sql = "SELECT takes, found FROM endpoints WHERE key = ?"
        for row in self._rows(sql, key):
            if datetime.fromisoformat(row["found"]) >= since:
                return str(row["takes"])
        return None

    def _write(self, sql: str, values: Sequence[rows.Row]) -> None:
        self._database.executemany(sql, values)

    def _configuration(self, config: SystemConfig) -> int:
        """The key of a configuration as it is written, which is added if it is new."""
        text = config.model_dump_json(exclude_defaults=True)
        known = "SELECT key FROM configurations WHERE id = ? AND json = ?"
        for row in self._rows(known, config.id, text):
            return int(row["key"])
        added = "INSERT INTO configurations (id, json) VALUES (?, ?)"
        return self._database.execute(added, (config.id, text)).lastrowid or 0

    def _add_calls(self, key: int, calls: Sequence[tuple[int, Sequence[Step]]]) -> None:
        self._write(
            rows.ADD_CALL,
            [
                row
                for decision, steps in calls
                for row in rows.call_rows(key, decision, steps, self._name)
            ],
        )

    def _add_judgements(self, key: int, said: Sequence[tuple[int, Sequence[Step]]]) -> None:
        judged = [(decision, steps) for decision, steps in said if steps]
        if judged:
            made = [rows.judgement_row(key, decision, steps) for decision, steps in judged]
            self._write(rows.ADD_JUDGEMENT, made)
            usages = (step.usage for _, steps in judged for step in steps)
            self._spend(key, "judge", Usage.total(usages))

    def _name(self, text: str) -> int:
        """The key of an agent's or a model's name, which is added if it is new."""
        if text not in self._names:
            self._database.execute("INSERT OR IGNORE INTO names (text) VALUES (?)", (text,))
            for row in self._rows("SELECT key FROM names WHERE text = ?", text):
                self._names[text] = row["key"]
        return self._names[text]

    def _prompt(self, prompt: Prompt) -> int:
        """The key of a template, which is added if it is new."""
        known = "SELECT key FROM prompts WHERE name = ? AND text = ?"
        for row in self._rows(known, prompt.name, prompt.text):
            return int(row["key"])
        added = "INSERT INTO prompts (name, version, text) VALUES (?, ?, ?)"
        values = (prompt.name, prompt.version, prompt.text)
        return self._database.execute(added, values).lastrowid or 0

    def _spend(self, key: int, purpose: Purpose, usage: Usage) -> None:
        self._write(rows.ADD_SPENDING, [(key, rows.PURPOSES[purpose], *rows.usage_values(usage))])
