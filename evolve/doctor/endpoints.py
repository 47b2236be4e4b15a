"""Whether the models of a run answer, what their endpoints take, and how fast they let it go."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archive.records import Usage
from evolve.doctor.findings import Finding
from evolve.errors import OutageError
from evolve.estimating.listing import listed, not_listed
from evolve.models.base import Listing, Message, Model, Reply, Request
from evolve.models.openai import OpenAI

_TIMEOUT_S = 30.0
_LISTING_S = 5.0

_ASKED = Request(
    messages=(Message("user", "Is water wet? Answer in JSON, with nothing but a key `wet`."),),
    max_tokens=200,
    schema={
        "title": "reply",
        "type": "object",
        "properties": {"wet": {"type": "boolean"}},
        "required": ["wet"],
        "additionalProperties": False,
    },
)
_RUNGS = {
    "json_schema": "strict JSON schemas",
    "json_object": "JSON objects, but no schemas, which are put into words",
    "text": "neither JSON schemas nor objects: both are put into words",
}


class Asked(NamedTuple):
    """What a model did when it was asked once."""

    reply: Reply
    model: OpenAI
    limits: Mapping[str, int]
    """Requests and tokens a minute, as its endpoint says."""


async def examine_models(
    models: Mapping[str, Model], concurrency: int, *, calls: bool
) -> tuple[list[Finding], Usage]:
    """Looks at every model, all at once; a simulated one needs no looking at.

    Args:
        models: By the run file's names.
        concurrency: Evaluations at once.
        calls: Whether each may be asked once.

    Returns:
        What was found, and what asking took.
    """
    found = await asyncio.gather(
        *(_examine(name, model, concurrency, calls) for name, model in models.items())
    )
    return [each for findings, _ in found for each in findings], sum(
        (usage for _, usage in found), Usage()
    )


async def _examine(
    name: str, model: Model, concurrency: int, calls: bool
) -> tuple[list[Finding], Usage]:
    area = f"model {name}"
    price = _price(area, model)
    if not isinstance(model, OpenAI):
        kind = "simulated" if model.simulated else model.plugin_name()
        return [Finding(area, "endpoint", "ok", f"none: it is {kind}"), price], Usage()
    try:
        listing = model.listing
    except OutageError as error:
        return [_outage(area, "key", error), price], Usage()
    key = f"{model.api_key_env} is set" if listing.key else "none is set, none may be needed"
    findings = [Finding(area, "key", "ok", key), await _listed(area, listing)]
    if not calls:
        return [*findings, price], Usage()
    asked = await _ask(area, model)
    if isinstance(asked, Finding):
        return [*findings, asked, price], Usage()
    findings += [*_answered(area, asked), _pace(area, asked, concurrency), price]
    return findings, model.usage(asked.reply)


async def _listed(area: str, listing: Listing) -> Finding:
    try:
        known = await asyncio.to_thread(listed, listing, _LISTING_S)
    except OutageError as error:
        advice = "check `base_url`, which usually ends in /v1; some endpoints list nothing"
        return Finding(area, "listed", "note", str(error), advice)
    if told := not_listed(listing, known):
        return Finding(area, "listed", "note", told, "check `model`")
    return Finding(area, "listed", "ok", f"{listing.base_url} lists {listing.model}")


async def _ask(area: str, model: OpenAI) -> Asked | Finding:
    """Asks once, without the patience of a run."""
    hurried = model.model_copy(
        update={
            "retries": 1,
            "patience_s": 5.0,
            "timeout_s": min(model.timeout_s, _TIMEOUT_S),
        }
    )
    try:
        reply = await hurried.complete(_ASKED)
        return Asked(reply, hurried, hurried.limits)
    except OutageError as error:
        return _outage(area, "answers", error)
    finally:
        await hurried.close()


def _answered(area: str, asked: Asked) -> Iterator[Finding]:
    reply, takes = asked.reply, asked.model.capabilities
    if reply.refusal:
        told = f"it refuses to answer: {reply.refusal}"
        yield Finding(area, "answers", "fix", told, "check what this model may be asked")
        return
    took = f"{reply.latency_s:.2f} s for {reply.completion_tokens} tokens"
    yield Finding(area, "answers", "ok", took)
    rung = f"takes {_RUNGS[takes.structured]}"
    if reply.truncated and not reply.text:
        told = f"{rung}; all {_ASKED.max_tokens} tokens went into thinking"
        yield Finding(area, "structured", "note", told, "give it a large `max_tokens`")
    elif not _is_object(reply.text):
        advice = "a model that designs or judges had better be another one"
        yield Finding(area, "structured", "note", f"{rung}; what it wrote is no JSON", advice)
    else:
        yield Finding(area, "structured", "ok", rung)
    refused = [name for name in ("temperature", "top_p") if not getattr(takes, name)]
    if refused:
        yield Finding(area, "sampling", "note", f"does not take {' and '.join(refused)}")


def _pace(area: str, asked: Asked, concurrency: int) -> Finding:
    """How many calls a minute the run may make, beside what the endpoint allows."""
    model, limits = asked.model, asked.limits
    at_once = min(concurrency, model.concurrency)
    rate = 60 * at_once / max(asked.reply.latency_s, 0.001)
    allowed = limits.get("requests")
    told = f"{at_once} at once, about {rate:,.0f} calls a minute"
    if model.requests_per_minute is not None:
        rate = min(rate, model.requests_per_minute)
        told += f", held to {model.requests_per_minute:g} by `requests_per_minute`"
    if not limits:
        return Finding(area, "limits", "ok", f"{told}; the endpoint tells no limits")
    said = " and ".join(f"{count:,} {what}" for what, count in limits.items())
    told += f"; the endpoint allows {said} a minute"
    if allowed is not None and rate > allowed:
        advice = f"set `requests_per_minute: {allowed}`, or the run keeps waiting for rate limits"
        return Finding(area, "limits", "note", told, advice)
    return Finding(area, "limits", "ok", told)


def _price(area: str, model: Model) -> Finding:
    if model.price is None:
        advice = "give `price: {prompt: …, completion: …}` in USD per million tokens"
        return Finding(area, "price", "note", "unknown, so nobody knows what the run costs", advice)
    prompt, completion = model.price.prompt, model.price.completion
    return Finding(area, "price", "ok", f"${prompt:g} and ${completion:g} a million tokens")


def _outage(area: str, name: str, error: OutageError) -> Finding:
    """What does not work, apart from what to do, which comes last in the message."""
    told, _, advice = str(error).rpartition("; ")
    return Finding(area, name, "fix", told or advice, advice if told else "")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
