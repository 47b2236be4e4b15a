"""How the records that are written by the million become rows, and rows records again."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from archive.compression import compress
from archive.records import (
    Birth,
    Decision,
    Prompt,
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
"""A row as a reader gets it: values by column name."""

PURPOSES: dict[Purpose, int] = {"search": 0, "propose": 1, "confirm": 2, "judge": 3, "lost": 4}
"""The numbers that stand for purposes in every table."""

FAILING = 0.5
"""A rollout that scores less counts as a failure, as does one without a usable answer."""


DECISIONS = """SELECT number, purpose, candidate, task, trial, "after", at, why FROM decisions
    WHERE run = ?1"""
PENDING = """ AND number NOT IN (SELECT decision FROM rollouts WHERE run = ?1
    UNION ALL SELECT decision FROM births WHERE run = ?1
    UNION ALL SELECT decision FROM unscored WHERE run = ?1)"""
DECIDED_AT = """SELECT number, at FROM decisions WHERE run = ?1 AND number IN (
    SELECT decision FROM rollouts WHERE run = ?1 AND taken > ?2
    UNION ALL SELECT decision FROM births WHERE run = ?1 AND taken > ?2
    UNION ALL SELECT decision FROM unscored WHERE run = ?1 AND taken > ?2)"""
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


ADD_ROLLOUT = """INSERT INTO rollouts (run, taken, decision, candidate, task, trial, purpose, score,
    feedback, rounds, failure, calls, prompt_tokens, completion_tokens, usd, seconds, excess, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def rollout_row(run: int, rollout: Rollout) -> Row:
    """The values of a rollout, in the order of its insert statement."""
    score, trace = rollout.score, rollout.trace
    return (
        run,
        rollout.taken,
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
        trace.usage.excess,
        rollout.at,
    )


ADD_UNSCORED = """INSERT INTO unscored (run, taken, decision, candidate, task, trial, purpose,
    reason, rounds, calls, prompt_tokens, completion_tokens, usd, seconds, excess, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def unscored_row(run: int, unscored: Unscored) -> Row:
    """The values of an evaluation without a score, in the order of its insert statement."""
    return (
        run,
        unscored.taken,
        unscored.decision,
        unscored.candidate,
        unscored.task,
        unscored.trial,
        PURPOSES[unscored.purpose],
        unscored.reason,
        unscored.trace.rounds,
        *usage_values(unscored.trace.usage),
        unscored.trace.usage.excess,
        unscored.at,
    )


ADD_JUDGEMENT = """INSERT INTO judgements
    (run, decision, calls, prompt_tokens, completion_tokens, usd, seconds, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def judgement_row(run: int, decision: int, steps: Sequence[Step]) -> Row:
    """The values of what a judge said, in the order of their insert statement."""
    usage = Usage.total(step.usage for step in steps)
    body = trace_body(Trace(answer="", steps=tuple(steps)))
    return (run, decision, *usage_values(usage), body)


ADD_BIRTH = """INSERT INTO births (run, taken, decision, candidate, reason, repairs, at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


def birth_row(run: int, birth: Birth) -> Row:
    """The values of a birth, in the order of its insert statement."""
    return (
        run,
        birth.taken,
        birth.decision,
        birth.candidate,
        birth.reason,
        birth.repairs,
        birth.at,
    )


ADD_BIRTH_PROMPT = "INSERT INTO birth_prompts (run, decision, position, prompt) VALUES (?, ?, ?, ?)"


ADD_SPENDING = """INSERT INTO spending
    (run, purpose, calls, prompt_tokens, completion_tokens, usd, seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, purpose) DO UPDATE SET calls = calls + excluded.calls,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens,
    usd = usd + excluded.usd, seconds = seconds + excluded.seconds"""


def usage_values(usage: Usage) -> Row:
    """What was consumed, in the order of every insert statement that tells it."""
    return (
        usage.calls,
        usage.prompt_tokens,
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
        decision: What the calls were made for.
        steps: The calls.
        key_of: The key of an agent's or a model's name.
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
    """Whether the texts of a rollout are to be kept."""
    failed = bool(rollout.trace.failure) or rollout.score.value < FAILING
    return traces == "all" or (traces == "failures" and failed)


def trace_body(trace: Trace) -> bytes:
    """A trace as it is stored."""
    return compress(trace.model_dump_json(exclude_defaults=True).encode())


def read_trace(body: bytes) -> Trace:
    """A stored trace; raises zlib.error or ValidationError if it is damaged."""
    return Trace.model_validate_json(zlib.decompress(body))


def birth_trace(birth: Birth, traces: Traces) -> Trace:
    """What is stored of the calls of a birth: their usage always, their texts unless unwanted."""
    steps = birth.steps
    if traces == "none":
        steps = tuple(step.model_copy(update={"text": ""}) for step in steps)
    return Trace(answer="", steps=steps)


def read_birth(row: Named, prompts: Sequence[Prompt] = ()) -> Birth:
    """A birth from its row, its trace under ``body``, and the templates of its prompts."""
    values = {name: value for name, value in row.items() if name != "body"}
    return Birth(steps=read_trace(row["body"]).steps, prompts=tuple(prompts), **values)


def read_usage(row: Named) -> Usage:
    """A usage from a row that has its columns."""
    return Usage(
        calls=row["calls"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        usd=row["usd"],
        seconds=row["seconds"],
        excess=row.get("excess", 0),
    )


def read_purpose(row: Named) -> Purpose:
    """The purpose that a row's number stands for; raises ValueError if it is none."""
    for purpose, number in PURPOSES.items():
        if number == row["purpose"]:
            return purpose
    raise ValueError(f"{row['purpose']!r} stands for no purpose")


def read_rollout(row: Named) -> Rollout:
    """A rollout from its row and, under ``body``, its trace where that was kept."""
    trace = read_trace(row["body"]) if row["body"] else None
    said = read_trace(row["judged"]).steps if row["judged"] else ()
    return Rollout(
        decision=row["decision"],
        taken=row["taken"],
        candidate=row["candidate"],
        task=row["task"],
        trial=row["trial"],
        purpose=read_purpose(row),
        score={"value": row["score"], "feedback": row["feedback"], "steps": said},
        trace=trace
        or Trace(answer="", usage=read_usage(row), failure=row["failure"], rounds=row["rounds"]),
        at=row["at"],
    )


def read_unscored(row: Named) -> Unscored:
    """An evaluation without a score from its row and, under ``judged``, what a judge said."""
    return Unscored(
        decision=row["decision"],
        taken=row["taken"],
        candidate=row["candidate"],
        task=row["task"],
        trial=row["trial"],
        purpose=read_purpose(row),
        reason=row["reason"],
        trace=Trace(answer="", usage=read_usage(row), rounds=row["rounds"]),
        steps=read_trace(row["judged"]).steps if row["judged"] else (),
        at=row["at"],
    )
