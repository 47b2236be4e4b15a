"""Appends candidates, decisions and results, with the calls that were made for them."""

import json
from collections.abc import Sequence

from archive import rows
from archive.records import (
    Candidate,
    Decision,
    Prompt,
    ProposalResult,
    Purpose,
    Rollout,
    Run,
    Step,
    Traces,
    Unscored,
    Usage,
)
from archive.store.writer import Writer
from search_spaces.config import SystemConfig
from search_spaces.edits import EDITS

_CANDIDATE = """INSERT INTO candidates (run, number, configuration, operator, rationale, choices)
    VALUES (?, ?, ?, ?, ?, ?)"""
_PARENT = """INSERT INTO parentage (run, child, position, parent, edits)
    VALUES (?, ?, ?, ?, ?)"""


class ResultWriter(Writer):
    """Appends candidates, decisions and results."""

    def add_candidate(self, run: Run, candidate: Candidate) -> None:
        """Adds a candidate and its parents."""
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
        """Adds decisions."""
        key = self._key(run)
        with self.group():
            self._write(rows.ADD_DECISION, [rows.decision_row(key, each) for each in decisions])

    def add_rollouts(self, run: Run, rollouts: Sequence[Rollout], traces: Traces = "all") -> None:
        """Adds settled evaluations with their calls.

        Args:
            run: The run.
            rollouts: Results of decisions that were added before.
            traces: The rollouts whose texts are kept.
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
        """Adds a settled evaluation whose answer could not be scored, with its calls."""
        key, decision = self._key(run), unscored.decision
        with self.group():
            self._write(rows.ADD_UNSCORED, [rows.unscored_row(key, unscored)])
            self._add_calls(key, [(decision, unscored.trace.steps + unscored.steps)])
            body = rows.trace_body(unscored.trace)
            self._write(rows.ADD_TRACE, [(key, decision, body)])
            self._spend(key, unscored.purpose, unscored.trace.usage)
            self._add_judgements(key, [(decision, unscored.steps)])

    def add_proposal_result(
        self, run: Run, proposal_result: ProposalResult, traces: Traces = "all"
    ) -> None:
        """Adds the settled result of a proposal with its calls.

        Args:
            run: To which run.
            proposal_result: The result of a decision that is there already.
            traces: Whether texts are kept; the usage of every call is kept in any case.
        """
        key = self._key(run)
        with self.group():
            self._write(rows.ADD_PROPOSAL_RESULT, [rows.proposal_result_row(key, proposal_result)])
            self._add_calls(key, [(proposal_result.decision, proposal_result.steps)])
            body = rows.trace_body(rows.proposal_trace(proposal_result, traces))
            self._write(rows.ADD_TRACE, [(key, proposal_result.decision, body)])
            prompts = enumerate(map(self._prompt, proposal_result.prompts))
            asked = [(key, proposal_result.decision, place, prompt) for place, prompt in prompts]
            self._write(rows.ADD_PROPOSAL_PROMPT, asked)
            self._spend(key, "propose", Usage.total(step.usage for step in proposal_result.steps))

    def add_loss(self, run: Run, usage: Usage) -> None:
        """Books an unanswered call that may have been billed."""
        with self.group():
            self._spend(self._key(run), "lost", usage)

    def _configuration(self, config: SystemConfig) -> int:
        """The key of a configuration as it is written; adds it if it is new."""
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

    def _add_judgements(self, key: int, calls: Sequence[tuple[int, Sequence[Step]]]) -> None:
        judged = [(decision, steps) for decision, steps in calls if steps]
        if judged:
            made = [rows.judgement_row(key, decision, steps) for decision, steps in judged]
            self._write(rows.ADD_JUDGEMENT, made)
            usages = (step.usage for _, steps in judged for step in steps)
            self._spend(key, "judge", Usage.total(usages))

    def _name(self, text: str) -> int:
        """The key of the name of an agent or a model; adds it if it is new."""
        if text not in self._names:
            self._database.execute("INSERT OR IGNORE INTO names (text) VALUES (?)", (text,))
            for row in self._rows("SELECT key FROM names WHERE text = ?", text):
                self._names[text] = row["key"]
        return self._names[text]

    def _prompt(self, prompt: Prompt) -> int:
        """The key of a template; adds it if it is new."""
        known = "SELECT key FROM prompts WHERE name = ? AND text = ?"
        for row in self._rows(known, prompt.name, prompt.text):
            return int(row["key"])
        added = "INSERT INTO prompts (name, version, text) VALUES (?, ?, ?)"
        values = (prompt.name, prompt.version, prompt.text)
        return self._database.execute(added, values).lastrowid or 0

    def _spend(self, key: int, purpose: Purpose, usage: Usage) -> None:
        self._write(rows.ADD_SPENDING, [(key, rows.PURPOSES[purpose], *rows.usage_values(usage))])
