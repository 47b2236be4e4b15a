"""Reads the candidates of a run, their parents and their standings."""

import difflib
import json

from archive import rows
from archive.errors import UnknownError
from archive.queries import Queries
from archive.records import Candidate, Parent, Run, Standing
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS

_CANDIDATES = """
    SELECT number, operator, rationale, choices, json
    FROM candidates JOIN configurations ON configurations.key = configuration
"""
_PARENTS = "SELECT child, parent, edits FROM parentage"


class CandidateReader(Queries):
    """Reads candidates."""

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
        """The parents of every candidate, without reading configurations or edits."""
        key = self._key(run)
        sql = "SELECT number FROM candidates WHERE run = ? ORDER BY number"
        found: dict[int, tuple[int, ...]] = {row["number"]: () for row in self._rows(sql, key)}
        sql = "SELECT child, parent FROM parentage WHERE run = ? ORDER BY child, position"
        for row in self._rows(sql, key):
            found[row["child"]] = (*found.get(row["child"], ()), row["parent"])
        return found

    def standings(self, run: Run) -> list[Standing]:
        """The last standing of every candidate, by number."""
        sql = (
            "SELECT candidate, mean, deviation, evaluations, cost FROM standings"
            " WHERE run = ? ORDER BY candidate"
        )
        return self._records(Standing, sql, self._key(run))

    def _parents(self, where: str, *values: object) -> dict[int, list[Parent]]:
        found: dict[int, list[Parent]] = {}
        with self._sound("a parent"):
            for row in self._rows(_PARENTS + where, *values):
                parent = Parent(candidate=row["parent"], edits=EDITS.validate_json(row["edits"]))
                found.setdefault(row["child"], []).append(parent)
        return found

    def _number(self, run: Run, ref: str) -> int:
        """The number of the candidate that a reference names."""
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
