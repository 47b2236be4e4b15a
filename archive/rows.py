"""Conversion between records and rows, for the large tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from archive.compression import compress, decompress
from archive.records import (
    Decision,
    Prompt,
    ProposalResult,
    Purpose,
    Rollout,
    Step,
    Trace,
    Traces,
    Unscored,
    Usage,
)

Row: TypeAlias = tuple[Any, ...]
Named: TypeAlias = Mapping[str, Any]
"""A row as it is read: values by column name."""

PURPOSES: dict[Purpose, int] = {"search": 0, "propose": 1, "confirm": 2, "judge": 3, "lost": 4}
"""The numbers of purposes in every table."""

FAILING = 0.5
"""A rollout with a lower score is a failure, as is one without a usable answer."""


DECISIONS = """SELECT number, purpose, candidate, task, trial, "after", at, why FROM decisions
    WHERE run = ?1"""
PENDING = """ AND number NOT IN (SELECT decision FROM rollouts WHERE run = ?1
    UNION ALL SELECT decision FROM proposal_results WHERE run = ?1
    UNION ALL SELECT decision FROM unscored WHERE run = ?1)"""
DECIDED_AT = """SELECT number, at FROM decisions WHERE run = ?1 AND number IN (
    SELECT decision FROM rollouts WHERE run = ?1 AND position > ?2
    UNION ALL SELECT decision FROM proposal_results WHERE run = ?1 AND position > ?2
    UNION ALL SELECT decision FROM unscored WHERE run = ?1 AND position > ?2)"""
ADD_DECISION = """INSERT INTO decisions (run, number, purpose, candidate, task, trial, "after", at,
    why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def decision_row(run: int, decision: Decision) -> Row:
    """The values of a decision, in the order of its insert statement."""
    return (
        run,
        decision.number,
        PURPOSES[decision.purpose],
        decision.candidate,
        decision.task,
        decision.trial,
        decision.after,
        decision.at,
        decision.why,
    )


ADD_ROLLOUT = """INSERT INTO rollouts (run, position, decision, candidate, task, trial, purpose,
    score, feedback, rounds, failure, calls, prompt_tokens, cached_prompt_tokens, completion_tokens,
    usd, seconds, overrun, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def rollout_row(run: int, rollout: Rollout) -> Row:
    """The values of a rollout, in the order of its insert statement."""
    score, trace = rollout.score, rollout.trace
    return (
        run,
        rollout.position,
        rollout.decision,
        rollout.candidate,
        rollout.task,
        rollout.trial,
        PURPOSES[rollout.purpose],
        score.value,
        score.feedback,
        trace.rounds,
        trace.failure,
        *usage_values(trace.usage),
        trace.usage.overrun,
        rollout.at,
    )


ADD_UNSCORED = """INSERT INTO unscored (run, position, decision, candidate, task, trial, purpose,
    reason, given_up, rounds, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, usd,
    seconds, overrun, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def unscored_row(run: int, unscored: Unscored) -> Row:
    """The values of an evaluation without a score, in the order of its insert statement."""
    return (
        run,
        unscored.position,
        unscored.decision,
        unscored.candidate,
        unscored.task,
        unscored.trial,
        PURPOSES[unscored.purpose],
        unscored.reason,
        unscored.given_up,
        unscored.trace.rounds,
        *usage_values(unscored.trace.usage),
        unscored.trace.usage.overrun,
        unscored.at,
    )


ADD_JUDGEMENT = """INSERT INTO judgements
    (run, decision, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, usd, seconds,
    body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def judgement_row(run: int, decision: int, steps: Sequence[Step]) -> Row:
    """The values of a judge's calls, in the order of their insert statement."""
    usage = Usage.total(step.usage for step in steps)
    body = trace_body(Trace(answer="", steps=tuple(steps)))
    return (run, decision, *usage_values(usage), body)


ADD_PROPOSAL_RESULT = """INSERT INTO proposal_results
    (run, position, decision, candidate, outcome, reason, repairs, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def proposal_result_row(run: int, proposal_result: ProposalResult) -> Row:
    """The values of a proposal result, in the order of its insert statement."""
    return (
        run,
        proposal_result.position,
        proposal_result.decision,
        proposal_result.candidate,
        proposal_result.outcome,
        proposal_result.reason,
        proposal_result.repairs,
        proposal_result.at,
    )


ADD_PROPOSAL_PROMPT = (
    "INSERT INTO proposal_prompts (run, decision, position, prompt) VALUES (?, ?, ?, ?)"
)


ADD_SPENDING = """INSERT INTO spending
    (run, purpose, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, usd, seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, purpose) DO UPDATE SET calls = calls + excluded.calls,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    cached_prompt_tokens = cached_prompt_tokens + excluded.cached_prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens,
    usd = usd + excluded.usd, seconds = seconds + excluded.seconds"""


def usage_values(usage: Usage) -> Row:
    """The values of a usage, in the order of all insert statements."""
    return (
        usage.calls,
        usage.prompt_tokens,
        usage.cached_prompt_tokens,
        usage.completion_tokens,
        usage.usd,
        usage.seconds,
    )


ADD_CALL = """INSERT INTO calls (run, decision, position, agent, round, sample, model,
    prompt_tokens, completion_tokens, nanodollars, milliseconds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def call_rows(
    run: int, decision: int, steps: Sequence[Step], key_of: Callable[[str], int]
) -> Iterator[Row]:
    """The values of model calls, in the order of their insert statement.

    Args:
        run: The key of the run.
        decision: The decision that the calls belong to.
        steps: The calls.
        key_of: Returns the key of the name of an agent or a model.
    """
    for position, step in enumerate(steps):
        usage = step.usage
        yield (
            run,
            decision,
            position,
            key_of(step.agent),
            step.round,
            step.sample,
            key_of(step.model),
            usage.prompt_tokens,
            usage.completion_tokens,
            None if usage.usd is None else round(usage.usd * 1e9),
            round(usage.seconds * 1e3),
        )


ADD_TRACE = "INSERT INTO traces (run, decision, body) VALUES (?, ?, ?)"


def keeps(traces: Traces, rollout: Rollout) -> bool:
    """Whether the texts of a rollout are kept."""
    failed = bool(rollout.trace.failure) or rollout.score.value < FAILING
    return traces == "all" or (traces == "failures" and failed)


def trace_body(trace: Trace) -> bytes:
    """A trace as it is stored."""
    return compress(trace.model_dump_json(exclude_defaults=True).encode())


def read_trace(body: bytes) -> Trace:
    """A stored trace; raises zlib.error or ValueError if it is damaged."""
    return Trace.model_validate_json(decompress(body))


def proposal_trace(proposal_result: ProposalResult, traces: Traces) -> Trace:
    """The calls of a proposal as they are stored: always their usage, texts only if wanted."""
    steps = proposal_result.steps
    if traces == "none":
        steps = tuple(step.model_copy(update={"text": ""}) for step in steps)
    return Trace(answer="", steps=steps)


def read_proposal_result(row: Named, prompts: Sequence[Prompt] = ()) -> ProposalResult:
    """A proposal result from its row, its trace (``body``) and its prompt templates."""
    values = {name: value for name, value in row.items() if name != "body"}
    return ProposalResult(steps=read_trace(row["body"]).steps, prompts=tuple(prompts), **values)


def read_usage(row: Named) -> Usage:
    """A usage from a row that has its columns."""
    return Usage(
        calls=row["calls"],
        prompt_tokens=row["prompt_tokens"],
        cached_prompt_tokens=row["cached_prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        usd=row["usd"],
        seconds=row["seconds"],
        overrun=row.get("overrun", 0),
    )


def read_purpose(row: Named) -> Purpose:
    """The purpose of a row; raises ValueError if its number is unknown."""
    for purpose, number in PURPOSES.items():
        if number == row["purpose"]:
            return purpose
    raise ValueError(f"{row['purpose']!r} is not the number of a purpose")


def read_rollout(row: Named) -> Rollout:
    """A rollout from its row, its trace under ``body`` and a judge's calls under ``judged``."""
    trace = read_trace(row["body"]) if row["body"] else None
    judged = read_trace(row["judged"]).steps if row["judged"] else ()
    return Rollout(
        decision=row["decision"],
        position=row["position"],
        candidate=row["candidate"],
        task=row["task"],
        trial=row["trial"],
        purpose=read_purpose(row),
        score={"value": row["score"], "feedback": row["feedback"], "steps": judged},
        trace=trace
        or Trace(answer="", usage=read_usage(row), failure=row["failure"], rounds=row["rounds"]),
        at=row["at"],
    )


def read_unscored(row: Named) -> Unscored:
    """An evaluation without a score from its row, a judge's calls under ``judged``."""
    return Unscored(
        decision=row["decision"],
        position=row["position"],
        candidate=row["candidate"],
        task=row["task"],
        trial=row["trial"],
        purpose=read_purpose(row),
        reason=row["reason"],
        given_up=bool(row["given_up"]),
        trace=Trace(answer="", usage=read_usage(row), rounds=row["rounds"]),
        steps=read_trace(row["judged"]).steps if row["judged"] else (),
        at=row["at"],
    )
