"""Whether the models of a run answer, which requests their endpoints take, and how many.

Each is sent what a run sends: a system message, a JSON Schema and, if the run has tools, a tool.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archive.records import Usage
from evolve.errors import OutageError
from evolve.forecast.listing import listed, not_listed
from evolve.models.base import Listing, Message, Model, Reply, Request, ToolSignature
from evolve.models.llama_cpp import LlamaCpp
from evolve.models.openai import OpenAI
from evolve.models.openai.capabilities import Capabilities
from evolve.models.shared import Shared
from evolve.setup.doctor.findings import Finding
from evolve.setup.doctor.local import examine_file

_TIMEOUT_S = 30.0
_LISTING_S = 5.0
_LOCAL_S = 120.0
"""A busy machine may take so long for the tokens of one answer."""

_WITH_SCHEMA = Request(
    messages=(
        Message("system", "You answer questions of fact."),
        Message("user", "Is water wet? Answer in JSON, with nothing but a key `wet`."),
    ),
    max_tokens=200,
    schema={
        "title": "reply",
        "type": "object",
        "properties": {"wet": {"type": "boolean"}},
        "required": ["wet"],
        "additionalProperties": False,
    },
)
_WITH_TOOL = Request(
    messages=(
        Message("system", "You use the calculator for every calculation."),
        Message("user", "What is 12 * 12?"),
    ),
    max_tokens=200,
    tools=(
        ToolSignature(
            "calculator",
            "The value of an arithmetic expression.",
            {
                "type": "object",
                "properties": {"expression": {"type": "string"}},
                "required": ["expression"],
                "additionalProperties": False,
            },
        ),
    ),
)
_RUNGS = {
    "json_schema": "strict JSON schemas",
    "json_object": "JSON objects, but no schemas, which are put into words",
    "text": "neither JSON schemas nor objects: both are put into words",
}


class Asked(NamedTuple):
    """The replies of a model and what they show of its endpoint."""

    reply: Reply
    tool_reply: Reply | None
    takes: Capabilities
    limits: Mapping[str, int]
    """Requests and tokens a minute, as its endpoint reports them."""


async def examine_models(
    models: Mapping[str, Model], concurrency: int, *, calls: bool, tools: bool = False
) -> tuple[list[Finding], Usage]:
    """Examines every model, all at once; simulated ones have no endpoint to examine.

    Args:
        models: By the run file's names.
        concurrency: Evaluations at once.
        calls: Whether each may be called.
        tools: Whether the run has tools, so that another call shows whether it takes them.

    Returns:
        The findings, and the usage of the calls.
    """
    shared = Shared()
    for model in models.values():
        model.join(shared)
    found = await asyncio.gather(
        *(_examine(name, model, concurrency, calls, tools) for name, model in models.items())
    )
    return [each for findings, _ in found for each in findings], sum(
        (usage for _, usage in found), Usage()
    )


async def _examine(
    name: str, model: Model, concurrency: int, calls: bool, tools: bool
) -> tuple[list[Finding], Usage]:
    area = f"model {name}"
    price = _price(area, model)
    if isinstance(model, LlamaCpp):
        findings, usage = await _examine_local(area, model, calls, tools)
        return [*findings, *([] if model.price is None else [price])], usage
    if not isinstance(model, OpenAI):
        kind = "simulated" if model.simulated else model.plugin_name()
        return [Finding(area, "endpoint", "ok", f"none: it is {kind}"), price], Usage()
    try:
        listing = model.listing
    except OutageError as error:
        return [_outage(area, "key", error), price], Usage()
    key = f"{model.api_key_env} is set" if listing.has_key else "none is set, none may be needed"
    findings = [Finding(area, "key", "ok", key), await _listed(area, listing)]
    if not calls:
        return [*findings, price], Usage()
    asked = await _ask(area, _hurried(model), tools)
    if isinstance(asked, Finding):
        return [*findings, asked, price], Usage()
    findings += [*_answered(area, asked), _pace(area, asked, model, concurrency), price]
    return findings, _usage(model, asked)


async def _examine_local(
    area: str, model: LlamaCpp, calls: bool, tools: bool
) -> tuple[list[Finding], Usage]:
    """Looks at a model that runs on this machine, which starts for it."""
    findings = examine_file(area, model)
    if not calls or any(each.status == "fix" for each in findings):
        return findings, Usage()
    hurried = model.model_copy(update={"timeout_s": min(model.timeout_s, _LOCAL_S)})
    asked = await _ask(area, hurried, tools)
    if isinstance(asked, Finding):
        return [*findings, asked], Usage()
    return [*findings, *_answered(area, asked)], _usage(model, asked)


async def _listed(area: str, listing: Listing) -> Finding:
    try:
        known = await asyncio.to_thread(listed, listing, _LISTING_S)
    except OutageError as error:
        advice = "check `base_url`, which usually ends in /v1; some endpoints list nothing"
        return Finding(area, "listed", "note", str(error), advice)
    if text := not_listed(listing, known):
        return Finding(area, "listed", "note", text, "check `model`")
    return Finding(area, "listed", "ok", f"{listing.base_url} lists {listing.model}")


def _hurried(model: OpenAI) -> OpenAI:
    """The same, without the patience of a run."""
    timeout_s = min(model.timeout_s, _TIMEOUT_S)
    return model.model_copy(update={"retries": 1, "patience_s": 5.0, "timeout_s": timeout_s})


def _usage(model: Model, asked: Asked) -> Usage:
    replies = (asked.reply, asked.tool_reply)
    return Usage.total(model.usage(reply) for reply in replies if reply is not None)


async def _ask(area: str, model: OpenAI | LlamaCpp, tools: bool) -> Asked | Finding:
    """Calls a model once, and once more with a tool if the run has any."""
    try:
        reply = await model.complete(_WITH_SCHEMA)
        tool_reply = await model.complete(_WITH_TOOL) if tools else None
        limits = model.limits if isinstance(model, OpenAI) else {}
        return Asked(reply, tool_reply, model.capabilities, limits)
    except OutageError as error:
        return _outage(area, "answers", error)
    finally:
        await model.close()


def _answered(area: str, asked: Asked) -> Iterator[Finding]:
    reply, takes = asked.reply, asked.takes
    if reply.refusal:
        text = f"it refuses to answer: {reply.refusal}"
        yield Finding(area, "answers", "fix", text, "check what this model may be asked")
        return
    took = f"{reply.latency_s:.2f} s for {reply.completion_tokens} tokens"
    if not (reply.text or reply.truncated):
        advice = "check the server's chat template and reasoning parser, and `extra`"
        yield Finding(area, "answers", "fix", f"the reply is empty: no text in {took}", advice)
        return
    thinks_long = reply.truncated and not reply.text
    if thinks_long:
        text = f"all {_WITH_SCHEMA.max_tokens} tokens that it may write went into thinking"
        yield Finding(area, "answers", "note", text, "give it a large `max_tokens`")
    else:
        yield Finding(area, "answers", "ok", took)
    rung = f"takes {_RUNGS[takes.structured]}"
    if not (thinks_long or _is_object(reply.text)):
        advice = "choose another model to design or judge"
        yield Finding(area, "structured", "note", f"{rung}; what it wrote is no JSON", advice)
    else:
        yield Finding(area, "structured", "ok", rung)
    refused = [name for name in ("temperature", "top_p") if not getattr(takes, name)]
    if refused:
        yield Finding(area, "sampling", "note", f"does not take {' and '.join(refused)}")
    if not takes.system:
        text = "takes no system messages; their text opens the first user message"
        yield Finding(area, "system", "note", text)
    if takes.streams:
        yield Finding(area, "stream", "note", "answers only as a stream, which is read whole")
    if asked.tool_reply is not None:
        yield _tools(area, asked.tool_reply, asked.takes)


def _tools(area: str, reply: Reply, takes: Capabilities) -> Finding:
    if reply.tool_calls:
        text = "calls tools" if takes.tools else "calls tools, described in words"
        return Finding(area, "tools", "ok", text)
    why = f"refuses a tool: {reply.refusal}" if reply.refusal else "was given a tool and used none"
    return Finding(area, "tools", "note", why, "try `tools_in_words: true`, or another model")


def _pace(area: str, asked: Asked, model: OpenAI, concurrency: int) -> Finding:
    """The calls a minute that the run may make, beside those that the endpoint allows."""
    limits = asked.limits
    at_once = min(concurrency, model.concurrency)
    rate = 60 * at_once / max(asked.reply.latency_s, 0.001)
    allowed = limits.get("requests")
    text = f"{at_once} at once, about {rate:,.0f} calls a minute"
    if model.requests_per_minute is not None:
        rate = min(rate, model.requests_per_minute)
        text += f", held to {model.requests_per_minute:g} by `requests_per_minute`"
    if not limits:
        return Finding(area, "limits", "ok", f"{text}; the endpoint reports no limits")
    said = " and ".join(f"{count:,} {what}" for what, count in limits.items())
    text += f"; the endpoint allows {said} a minute"
    if allowed is not None and rate > allowed:
        advice = f"set `requests_per_minute: {allowed}`, or the run keeps waiting for rate limits"
        return Finding(area, "limits", "note", text, advice)
    return Finding(area, "limits", "ok", text)


def _price(area: str, model: Model) -> Finding:
    if model.price is None:
        advice = "give `price: {prompt: …, completion: …}` in USD per million tokens"
        return Finding(area, "price", "note", "none, so costs are counted in tokens", advice)
    prompt, completion = model.price.prompt, model.price.completion
    return Finding(area, "price", "ok", f"${prompt:g} and ${completion:g} a million tokens")


def _outage(area: str, name: str, error: OutageError) -> Finding:
    """The problem of an outage, and the advice, which comes last in its message."""
    text, _, advice = str(error).rpartition("; ")
    return Finding(area, name, "fix", text or advice, advice if text else "")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
