"""Reads the decisions of a run and their results."""

import heapq
from collections.abc import Iterator

from archive import rows
from archive.queries import Queries
from archive.records import Decision, Prompt, ProposalResult, Purpose, Rollout, Run, Trace, Unscored

_ROLLOUTS = """SELECT *, NULL AS body FROM rollouts
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""
_ROLLOUTS_WITH_TRACES = """SELECT * FROM rollouts LEFT JOIN traces USING (run, decision)
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""
_UNSCORED = """SELECT * FROM unscored
    LEFT JOIN (SELECT run, decision, body AS judged FROM judgements) USING (run, decision)"""


class ResultReader(Queries):
    """Reads decisions and results."""

    def decisions(self, run: Run, *, pending: bool = False) -> list[Decision]:
        """Every decision, by number.

        Args:
            run: The run.
            pending: Only those without a result yet.
        """
        sql = rows.DECISIONS + (rows.PENDING if pending else "") + " ORDER BY number"
        with self._sound("a decision"):
            return [
                Decision.model_validate(row | {"purpose": rows.read_purpose(row)})
                for row in self._rows(sql, self._key(run))
            ]

    def decided_at(self, run: Run, after: int = -1) -> dict[int, float]:
        """The times of decisions that have a result, by their numbers.

        Args:
            run: The run.
            after: Only results after this position.
        """
        found = self._rows(rows.DECIDED_AT, self._key(run), after)
        return {row["number"]: row["at"] for row in found}

    def results(
        self, run: Run, after: int = -1, *, traces: bool = False
    ) -> Iterator[Rollout | ProposalResult | Unscored]:
        """All results in the order in which they were observed.

        Args:
            run: The run.
            after: Only results after this position.
            traces: Whether rollouts come with their texts, where these were kept.
        """
        key = self._key(run)
        streams: list[Iterator[Rollout | ProposalResult | Unscored]] = [
            self._rollouts("WHERE run = ? AND position > ?", key, after, traces=traces),
            self._proposal_results(key, after),
            self._unscored(key, after),
        ]
        yield from heapq.merge(*streams, key=lambda result: result.position)

    def rollouts(
        self,
        run: Run,
        candidate: int | None = None,
        purpose: Purpose | None = None,
        *,
        after: int = -1,
        traces: bool = False,
    ) -> Iterator[Rollout]:
        """Rollouts in the order in which they were observed.

        Args:
            run: The run.
            candidate: Only those of this candidate; None: of all.
            purpose: Only those for this purpose; None: for all.
            after: Only results after this position.
            traces: Whether they come with their texts, where these were kept.
        """
        where, values = "WHERE run = ? AND position > ?", [self._key(run), after]
        if candidate is not None:
            where, values = where + " AND candidate = ?", [*values, candidate]
        if purpose is not None:
            where, values = where + " AND purpose = ?", [*values, rows.PURPOSES[purpose]]
        return self._rollouts(where, *values, traces=traces)

    def unscored(self, run: Run) -> list[Unscored]:
        """The evaluations whose answer could not be scored, as they were observed."""
        return list(self._unscored(self._key(run), -1))

    def judged(self, run: Run) -> bool:
        """Whether a judge gave any score of a run."""
        sql = "SELECT EXISTS (SELECT 1 FROM judgements WHERE run = ?) AS judged"
        return any(row["judged"] for row in self._rows(sql, self._key(run)))

    def proposal_results(self, run: Run) -> list[ProposalResult]:
        """The results of proposals, as they were observed."""
        return list(self._proposal_results(self._key(run), -1))

    def trace(self, run: Run, decision: int) -> Trace | None:
        """The trace of a decision, or None if it was not kept."""
        sql = "SELECT body FROM traces WHERE run = ? AND decision = ?"
        with self._sound("a trace"):
            found = self._rows(sql, self._key(run), decision)
            return next((rows.read_trace(row["body"]) for row in found), None)

    def _rollouts(self, where: str, *values: object, traces: bool) -> Iterator[Rollout]:
        select = _ROLLOUTS_WITH_TRACES if traces else _ROLLOUTS
        with self._sound("a rollout"):
            for row in self._rows(f"{select} {where} ORDER BY position", *values):
                yield rows.read_rollout(row)

    def _unscored(self, key: int, after: int) -> Iterator[Unscored]:
        with self._sound("an evaluation without a score"):
            sql = f"{_UNSCORED} WHERE run = ? AND position > ? ORDER BY position"
            for row in self._rows(sql, key, after):
                yield rows.read_unscored(row)

    def _proposal_results(self, key: int, after: int) -> Iterator[ProposalResult]:
        sql = (
            "SELECT decision, position, candidate, outcome, reason, repairs, at, body"
            " FROM proposal_results JOIN traces USING (run, decision)"
            " WHERE run = ? AND position > ? ORDER BY position"
        )
        with self._sound("a proposal result"):
            prompts = self._prompts(key)
            for row in self._rows(sql, key, after):
                yield rows.read_proposal_result(row, prompts.get(row["decision"], ()))

    def _prompts(self, key: int) -> dict[int, list[Prompt]]:
        """The prompt templates of proposals, by decision."""
        sql = "SELECT key, name, text FROM prompts"
        known = {row["key"]: Prompt(name=row["name"], text=row["text"]) for row in self._rows(sql)}
        sql = (
            "SELECT decision, prompt FROM proposal_prompts WHERE run = ?"
            " ORDER BY decision, position"
        )
        found: dict[int, list[Prompt]] = {}
        for row in self._rows(sql, key):
            if prompt := known.get(row["prompt"]):
                found.setdefault(row["decision"], []).append(prompt)
        return found
