"""Reads an archive: every answer is a record, checked by its model."""

import difflib
import heapq
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from archive import rows
from archive.connection import open_for_reading
from archive.errors import UnknownError
from archive.queries import Queries
from archive.records import (
    Birth,
    Candidate,
    Confirmation,
    Decision,
    Event,
    Look,
    Parent,
    Prompt,
    Purpose,
    Rollout,
    Run,
    Split,
    Standing,
    TaskRecord,
    Trace,
    Unscored,
    Usage,
)
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS

_RUNS = "SELECT id, name, seed, settings, status, started, finished FROM runs"
_CANDIDATES = """
    SELECT number, operator, rationale, choices, json
    FROM candidates JOIN configurations ON configurations.key = configuration
"""
_PARENTS = "SELECT child, parent, edits FROM parentage"
_ROLLOUTS = """SELECT *, NULL AS body FROM rollouts
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""
_ROLLOUTS_WITH_TRACES = """SELECT * FROM rollouts LEFT JOIN traces USING (run, decision)
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""
_UNSCORED = """SELECT * FROM unscored
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""
_NEWEST = (
    # A run that confirmed and never searched has scored one given system; searches come before it.
    " ORDER BY EXISTS (SELECT 1 FROM decisions WHERE run = runs.key) AND NOT EXISTS"
    " (SELECT 1 FROM decisions WHERE run = runs.key AND purpose <> ?),"
    " started DESC, key DESC LIMIT 1"
)


class Snapshot(NamedTuple):
    """The state of a search after that many results were taken, as the engine wrote it."""

    taken: int
    body: bytes


class Reader(Queries):
    """The reading half of an archive.

    What comes as an iterator is read while it is consumed. A content that its model refuses raises
    DamagedError.
    """

    @classmethod
    def read(cls, path: Path) -> "Reader":
        """Opens an archive for reading; a writer may be at work meanwhile.

        Raises:
            ArchiveError: There is no archive there that this version can read.
        """
        return Reader(open_for_reading(path), str(path))

    # Runs

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
            raise UnknownError(f"{self.name} has no run yet; `evolve run` makes one")
        nearest = difflib.get_close_matches(ref or "", known, cutoff=0.4) or known[:3]
        raise UnknownError(f"{self.name} has no run {ref!r}; the nearest: {', '.join(nearest)}")

    def tasks(self, run: Run) -> list[TaskRecord]:
        """The tasks of a run, by number."""
        sql = "SELECT number, id, split, domain FROM tasks WHERE run = ? ORDER BY number"
        return self._records(TaskRecord, sql, self._key(run))

    def taken(self, run: Run) -> int:
        """How many results were taken."""
        rollouts = "SELECT max(taken) AS last FROM rollouts WHERE run = ?"
        births = "SELECT max(taken) AS last FROM births WHERE run = ?"
        unscored = "SELECT max(taken) AS last FROM unscored WHERE run = ?"
        last = [
            row["last"]
            for sql in (rollouts, births, unscored)
            for row in self._rows(sql, self._key(run))
        ]
        return max((taken for taken in last if taken is not None), default=-1) + 1

    def split(self, run: Run) -> Split | None:
        """The split that standings are about: that of the first rollout of the search."""
        sql = (
            "SELECT split FROM rollouts"
            " JOIN tasks ON tasks.run = rollouts.run AND tasks.number = rollouts.task"
            " WHERE rollouts.run = ? AND purpose = 0 ORDER BY taken LIMIT 1"
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
        """The newest snapshot that is kept, of no more than that many results taken if given."""
        sql = (
            "SELECT taken, body FROM snapshots WHERE run = ? AND taken <= coalesce(?, taken)"
            " ORDER BY key DESC LIMIT 1"
        )
        found = self._rows(sql, self._key(run), at_most)
        return next((Snapshot(**row) for row in found), None)

    def confirmations(self, run: Run) -> list[Confirmation]:
        """The winner beside the best seed on sealed tasks, oldest first."""
        sql = "SELECT json FROM confirmations WHERE run = ? ORDER BY key"
        with self._sound("a confirmation"):
            return [
                Confirmation.model_validate_json(row["json"])
                for row in self._rows(sql, self._key(run))
            ]

    def looks(self, run: Run) -> list[Look]:
        """The looks at the test split, oldest first."""
        sql = "SELECT what, tasks, at FROM looks WHERE run = ? ORDER BY key"
        with self._sound("a look"):
            return [
                Look(what=row["what"], tasks=json.loads(row["tasks"]), at=row["at"])
                for row in self._rows(sql, self._key(run))
            ]

    def looks_at(self, tasks: Collection[str]) -> int:
        """How often any run of the archive has looked at one of these tasks, given by their ids."""
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

    # Candidates

    def candidates(self, run: Run) -> list[Candidate]:
        """Every candidate, by number."""
        key = self._key(run)
        edits = self._parents(" WHERE run = ? ORDER BY child, position", key)
        sql = _CANDIDATES + " WHERE run = ? ORDER BY number"
        with self._sound("a candidate"):
            return [_candidate(row, edits) for row in self._rows(sql, key)]

    def candidate(self, run: Run, ref: int | str) -> Candidate:
        """One candidate, by its number or the start of its content id.

        Raises:
            UnknownError: There is none, or several; the message names them or the nearest.
        """
        key, number = self._key(run), self._number(run, str(ref).strip().lower())
        parents = self._parents(" WHERE run = ? AND child = ? ORDER BY position", key, number)
        sql = _CANDIDATES + " WHERE run = ? AND number = ?"
        with self._sound("a candidate"):
            return next(_candidate(row, parents) for row in self._rows(sql, key, number))

    def parents(self, run: Run) -> dict[int, tuple[int, ...]]:
        """The parents of every candidate, without reading what they are."""
        key = self._key(run)
        sql = "SELECT number FROM candidates WHERE run = ? ORDER BY number"
        found: dict[int, tuple[int, ...]] = {row["number"]: () for row in self._rows(sql, key)}
        sql = "SELECT child, parent FROM parentage WHERE run = ? ORDER BY child, position"
        for row in self._rows(sql, key):
            found[row["child"]] = (*found.get(row["child"], ()), row["parent"])
        return found

    def standings(self, run: Run) -> list[Standing]:
        """What was last believed about every candidate, by number."""
        sql = (
            "SELECT candidate, mean, deviation, evaluations, usd FROM standings"
            " WHERE run = ? ORDER BY candidate"
        )
        return self._records(Standing, sql, self._key(run))

    # Decisions and results

    def decisions(self, run: Run, *, pending: bool = False) -> list[Decision]:
        """Every decision, by number.

        Args:
            run: Of which run.
            pending: Whether only those whose result was not taken yet.
        """
        sql = rows.DECISIONS + (rows.PENDING if pending else "") + " ORDER BY number"
        with self._sound("a decision"):
            return [
                Decision.model_validate(row | {"purpose": rows.read_purpose(row)})
                for row in self._rows(sql, self._key(run))
            ]

    def decided_at(self, run: Run, after: int = -1) -> dict[int, float]:
        """When results were decided on, by the numbers of the decisions.

        Args:
            run: Of which run.
            after: The place of the last result that is not wanted.
        """
        found = self._rows(rows.DECIDED_AT, self._key(run), after)
        return {row["number"]: row["at"] for row in found}

    def results(
        self, run: Run, after: int = -1, *, traces: bool = False
    ) -> Iterator[Rollout | Birth | Unscored]:
        """Rollouts, births and what nobody could score, in the order in which they were taken.

        Args:
            run: Of which run.
            after: The place of the last result that is not wanted.
            traces: Whether rollouts come with what was said, where it was kept.
        """
        key = self._key(run)
        streams: list[Iterator[Rollout | Birth | Unscored]] = [
            self._rollouts("WHERE run = ? AND taken > ?", key, after, traces=traces),
            self._births(key, after),
            self._unscored(key, after),
        ]
        yield from heapq.merge(*streams, key=lambda result: result.taken)

    def rollouts(
        self,
        run: Run,
        candidate: int | None = None,
        purpose: Purpose | None = None,
        *,
        after: int = -1,
        traces: bool = False,
    ) -> Iterator[Rollout]:
        """The rollouts of a run, or of one candidate or purpose in it, as they were taken.

        Args:
            run: Of which run.
            candidate: Of which candidate; None: of all.
            purpose: For which purpose; None: for all.
            after: The place of the last result that is not wanted.
            traces: Whether they come with what was said, where it was kept.
        """
        where, values = "WHERE run = ? AND taken > ?", [self._key(run), after]
        if candidate is not None:
            where, values = where + " AND candidate = ?", [*values, candidate]
        if purpose is not None:
            where, values = where + " AND purpose = ?", [*values, rows.PURPOSES[purpose]]
        return self._rollouts(where, *values, traces=traces)

    def unscored(self, run: Run) -> list[Unscored]:
        """The evaluations whose answer nobody could score, as they were taken."""
        return list(self._unscored(self._key(run), -1))

    def judged(self, run: Run) -> bool:
        """Whether scores of a run are a judge's opinion."""
        sql = "SELECT EXISTS (SELECT 1 FROM judgements WHERE run = ?) AS judged"
        return any(row["judged"] for row in self._rows(sql, self._key(run)))

    def births(self, run: Run) -> list[Birth]:
        """The results of proposals, as they were taken."""
        return list(self._births(self._key(run), -1))

    def trace(self, run: Run, decision: int) -> Trace | None:
        """What was said for a decision, or None if that was not kept."""
        sql = "SELECT body FROM traces WHERE run = ? AND decision = ?"
        with self._sound("a trace"):
            found = self._rows(sql, self._key(run), decision)
            return next((rows.read_trace(row["body"]) for row in found), None)

    def layout(self) -> dict[str, str]:
        """The SQL that made each table and view, by name, tables first."""
        sql = (
            "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite_%' ORDER BY type, name"
        )
        return {row["name"]: row["sql"] for row in self._rows(sql)}

    def integrity(self) -> list[str]:
        """What is wrong with the archive, one line each; nothing if it is sound."""
        from archive.integrity import problems

        return problems(self._database)

    def _rollouts(self, where: str, *values: object, traces: bool) -> Iterator[Rollout]:
        select = _ROLLOUTS_WITH_TRACES if traces else _ROLLOUTS
        with self._sound("a rollout"):
            for row in self._rows(f"{select} {where} ORDER BY taken", *values):
                yield rows.read_rollout(row)

    def _unscored(self, key: int, after: int) -> Iterator[Unscored]:
        with self._sound("an evaluation without a score"):
            sql = f"{_UNSCORED} WHERE run = ? AND taken > ? ORDER BY taken"
            for row in self._rows(sql, key, after):
                yield rows.read_unscored(row)

    def _births(self, key: int, after: int) -> Iterator[Birth]:
        sql = (
            "SELECT decision, taken, candidate, reason, repairs, at, body"
            " FROM births JOIN traces USING (run, decision)"
            " WHERE run = ? AND taken > ? ORDER BY taken"
        )
        with self._sound("a birth"):
            prompts = self._prompts(key)
            for row in self._rows(sql, key, after):
                yield rows.read_birth(row, prompts.get(row["decision"], ()))

    def _prompts(self, key: int) -> dict[int, list[Prompt]]:
        """The templates that models were asked with, by decision."""
        sql = "SELECT key, name, text FROM prompts"
        known = {row["key"]: Prompt(name=row["name"], text=row["text"]) for row in self._rows(sql)}
        sql = "SELECT decision, prompt FROM birth_prompts WHERE run = ? ORDER BY decision, position"
        found: dict[int, list[Prompt]] = {}
        for row in self._rows(sql, key):
            if prompt := known.get(row["prompt"]):
                found.setdefault(row["decision"], []).append(prompt)
        return found

    def _parents(self, where: str, *values: object) -> dict[int, list[Parent]]:
        found: dict[int, list[Parent]] = {}
        with self._sound("a parent"):
            for row in self._rows(_PARENTS + where, *values):
                parent = Parent(candidate=row["parent"], edits=EDITS.validate_json(row["edits"]))
                found.setdefault(row["child"], []).append(parent)
        return found

    def _number(self, run: Run, ref: str) -> int:
        """The number of the candidate that a person means."""
        key = self._key(run)
        if ref.isascii() and ref.isdecimal() and len(ref) < 10:
            sql = "SELECT number FROM candidates WHERE run = ? AND number = ?"
            for row in self._rows(sql, key, int(ref)):
                return int(row["number"])
        sql = (
            "SELECT number, configurations.id FROM candidates"
            " JOIN configurations ON configurations.key = configuration"
            " WHERE run = ? ORDER BY number"
        )
        known = {row["id"]: row["number"] for row in reversed(list(self._rows(sql, key)))}
        fitting = sorted(each for each in known if ref and each.startswith(ref))
        if len(fitting) == 1:
            return int(known[fitting[0]])
        if fitting:
            several = ", ".join(f"{known[each]} ({each})" for each in fitting[:5])
            raise UnknownError(f"{ref!r} fits several candidates of {run.id}: {several}")
        nearest = difflib.get_close_matches(ref, known, n=3, cutoff=0.5)
        hint = ", ".join(f"{known[each]} ({each})" for each in nearest)
        raise UnknownError(
            f"run {run.id} has no candidate {ref!r}; "
            + (f"the nearest: {hint}" if hint else f"they are numbered 0 to {len(known) - 1}")
        )


def _candidate(row: rows.Named, parents: dict[int, list[Parent]]) -> Candidate:
    return Candidate(
        number=row["number"],
        config=SystemConfig.model_validate_json(row["json"]),
        operator=row["operator"],
        parents=tuple(parents.get(row["number"], ())),
        rationale=row["rationale"],
        choices=json.loads(row["choices"]),
    )
