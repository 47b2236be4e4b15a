"""The conversation with a meta-agent: ask, check, say what is wrong, and ask again."""

import json
from dataclasses import replace
from typing import NamedTuple

from archive.records import Prompt, Step, Usage
from evolve.meta.assignments import Assignment
from evolve.meta.checks import Child
from evolve.meta.schemas import edits_schema, system_schema
from evolve.meta.templates import fill, template
from evolve.models.base import Message, Models, Reply, Request
from evolve.prompts.lengths import MAX_BYTES_PER_TOKEN, TOKENS_PER_CALL, TOKENS_PER_MESSAGE, cut
from search_spaces.errors import ConfigError
from search_spaces.limits import Limits
from search_spaces.text import shown, whole

AGENT = "meta"
"""What the meta-agent is called among the agents of the archive."""

REPLY_BYTES = 6_000
"""What a meta-agent is shown at most of its own invalid reply."""

PROBLEM_CHARACTERS = 500

_SCHEMA_WORDS = 256
"""Bytes around a schema where it is put into words for an endpoint."""


class RequestOptions(NamedTuple):
    """How a meta-agent is asked.

    Attributes:
        model: The name of its model; None means the run's default.
        temperature: Its sampling temperature; None means the model's own.
        max_tokens: The limit of each reply.
        repairs: How often it may put an invalid proposal right.
    """

    model: str | None
    temperature: float | None
    max_tokens: int
    repairs: int


class Designed(NamedTuple):
    """What came of an assignment.

    Attributes:
        child: The proposal; None if none was valid.
        steps: The calls that it took.
        prompts: The templates of what was asked.
        invalid: How many replies held no valid proposal.
        problem: What was wrong with the last of them.
    """

    child: Child | None
    steps: tuple[Step, ...]
    prompts: tuple[Prompt, ...]
    invalid: int
    problem: str


async def design(
    assignment: Assignment, models: Models, options: RequestOptions, sample: int
) -> Designed:
    """Has a meta-agent do an assignment.

    Args:
        assignment: What is asked.
        models: The run's models.
        options: How to ask.
        sample: Which draw this is: equal assignments with another number get other proposals.

    Raises:
        OutageError: The model's endpoint does not answer.
    """
    model = models[options.model]
    name = models.default if options.model is None else options.model
    request = Request(
        messages=assignment.messages,
        max_tokens=options.max_tokens,
        temperature=options.temperature,
        schema=assignment.schema,
        sample=sample,
    )
    prompts, steps, problem = assignment.prompts, list[Step](), ""
    for attempt in range(1 + options.repairs):
        reply = await model.complete(request)
        text = cut(whole(reply.text), options.max_tokens * MAX_BYTES_PER_TOKEN)
        usage = model.usage(reply)
        steps.append(
            Step(agent=AGENT, round=attempt + 1, sample=0, model=name, text=text, usage=usage)
        )
        try:
            child = _read(assignment, reply, options.max_tokens)
        except ConfigError as error:
            problem = shown(str(error), PROBLEM_CHARACTERS)
        else:
            return Designed(child, tuple(steps), prompts, attempt, "")
        if attempt < options.repairs:
            prompts = (*assignment.prompts, template("repair"))
            complaint = (_echo(text), Message("user", fill(template("repair"), problem=problem)))
            request = replace(request, messages=(*request.messages, *complaint))
    return Designed(None, tuple(steps), prompts, len(steps), problem)


def worst_case(space: Limits, models: Models, options: RequestOptions, prompt_bytes: int) -> Usage:
    """What doing one assignment may consume at most; seconds are unbounded and stay 0.

    Args:
        space: What is searched; schemas depend on it.
        models: The run's models; ``usd`` is None if the meta-agent's has no price.
        options: How it is asked.
        prompt_bytes: UTF-8 bytes of the first request's messages at most.
    """
    schema = max(len(json.dumps(write(space))) for write in (edits_schema, system_schema))
    complaint = len(template("repair").text.encode()) + PROBLEM_CHARACTERS * 4
    price, total = models[options.model].price, Usage()
    for attempt in range(1 + options.repairs):
        tokens = (
            prompt_bytes
            + attempt * (REPLY_BYTES + complaint)
            + schema
            + _SCHEMA_WORDS
            + TOKENS_PER_MESSAGE * (2 + 2 * attempt)
            + TOKENS_PER_CALL
        )
        usd = None if price is None else price.usd(tokens, options.max_tokens) * (1 + 1e-9)
        total += Usage(calls=1, prompt_tokens=tokens, completion_tokens=options.max_tokens, usd=usd)
    return total


def _read(assignment: Assignment, reply: Reply, max_tokens: int) -> Child:
    if reply.refusal:
        raise ConfigError(f"the model refused: {shown(reply.refusal, 200)}")
    try:
        return assignment.read(reply.text)
    except ConfigError as error:
        if not reply.truncated:
            raise
        raise ConfigError(
            f"the reply was cut off after {max_tokens} tokens; be shorter ({error})"
        ) from None


def _echo(text: str) -> Message:
    return Message("assistant", cut(text, REPLY_BYTES) or "(no reply)")
