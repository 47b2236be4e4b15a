"""Injected faults, to test clients.

A request asks for one by the header ``X-Evolve-Fault: 429``, or by its model's name:
``alder-small!429``; for a share of the requests ``alder-small!429@0.1``, and for one of several
``alder-small!429,hang@0.1``. ``passing`` stands for all temporary ones.

===============  ==================================================================
400 401 403 404  an error of that status, with a body like OpenAI's
429              the same, with ``Retry-After: 1``
429-bare         the same without
quota            429 because the account is out of credit
500 503          the same as 400
hang             no answer until the client gives up
drip             a byte a second, until the client gives up
cut              the connection is closed in the middle of the answer
html             a page of HTML with status 200
plain            the completion as ``text/plain``
malformed        a completion that breaks off, with status 200
empty            a completion without choices
silent           a completion with an empty message
cut-call         a completion that calls a function with half of its arguments
no-usage         everything but ``usage``
no-schema        400 where ``response_format`` is there
no-n             400 where ``n`` is above 1
no-temperature   400 where ``temperature`` is there
no-max-tokens    400 where ``max_tokens`` is there instead of ``max_completion_tokens``
===============  ==================================================================
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple

from aiohttp import web

from evolve.serving.problems import ApiError

HEADER = "X-Evolve-Fault"
MARK = "!"

_STATUSES: Mapping[str, tuple[int, str, str]] = {
    "400": (400, "invalid_request_error", "This request is invalid because it asked to be."),
    "401": (401, "invalid_request_error", "Incorrect API key provided."),
    "403": (403, "invalid_request_error", "This key may not use this model."),
    "404": (404, "invalid_request_error", "The model does not exist or is not yours to use."),
    "429": (429, "rate_limit_exceeded", "Rate limit reached. Please try again in 1s."),
    "429-bare": (429, "rate_limit_exceeded", "Rate limit reached."),
    "quota": (429, "insufficient_quota", "You exceeded your current quota; check your plan."),
    "500": (500, "server_error", "The server had an error while processing your request."),
    "503": (503, "server_error", "The engine is currently overloaded."),
}
_REFUSED: Mapping[str, str] = {
    "no-schema": "response_format",
    "no-n": "n",
    "no-temperature": "temperature",
    "no-max-tokens": "max_tokens",
}
_TRANSPORT = ("hang", "drip", "cut", "html")
_LATER = ("plain", "malformed", "empty", "silent", "cut-call", "no-usage")
NAMES = (*_STATUSES, *_TRANSPORT, *_LATER, *_REFUSED)
"""Every fault."""

PASSING = ("429", "429-bare", "500", "503", *_TRANSPORT, *_LATER[:-1])
"""Temporary faults, which a client should overcome by itself."""


class RequestedFaults(NamedTuple):
    """A model's name without its faults, the faults, and in what share of the requests."""

    model: str
    faults: tuple[str, ...]
    share: float

    def of(self, number: int) -> str:
        """The fault of the request of that number; empty if it has none."""
        draw = Random(f"fault/{number}")
        return draw.choice(self.faults) if self.faults and draw.random() < self.share else ""


def requested(model: str, header: str) -> RequestedFaults:
    """The faults that a request names.

    Raises:
        ApiError: There is no such fault.
    """
    name, mark, written = model.partition(MARK)
    written = written if mark else header
    named, _, share = written.partition("@")
    faults = tuple(fault for each in named.split(",") for fault in _meant(each)) if written else ()
    try:
        part = float(share) if share else 1.0
    except ValueError:
        part = -1.0
    if not set(faults) <= set(NAMES) or not 0 <= part <= 1:
        known = ", ".join((*NAMES, "passing"))
        raise ApiError(400, f"unknown fault {written!r}; write one of {known}, or such as 429@0.1")
    return RequestedFaults(name, faults, part)


def _meant(name: str) -> tuple[str, ...]:
    return PASSING if name == "passing" else (name,)


async def before(
    fault: str, request: web.Request, body: Mapping[str, Any]
) -> web.StreamResponse | None:
    """The answer that a fault gives instead of any work; None if it gives none.

    Raises:
        ApiError: The fault is an error.
    """
    if fault in _STATUSES:
        status, kind, message = _STATUSES[fault]
        wait = 1.0 if fault == "429" else None
        raise ApiError(status, message, kind, code=kind, retry_after_s=wait)
    refused = _REFUSED.get(fault)
    if refused and body.get(refused) is not None and (refused, body[refused]) != ("n", 1):
        message = f"Unsupported parameter: '{refused}' is not supported with this model."
        raise ApiError(400, message, param=refused, code="unsupported_parameter")
    if fault == "hang":
        await asyncio.Event().wait()
    if fault == "drip":
        return await _drip(request)
    if fault == "html":
        return web.Response(text="<html><body>Welcome!</body></html>", content_type="text/html")
    return await _cut(request) if fault == "cut" else None


def after(fault: str, completion: dict[str, Any], body: Mapping[str, Any]) -> web.Response:
    """A completion with the fault in it."""
    if fault == "empty":
        completion["choices"] = []
    elif fault == "no-usage":
        del completion["usage"]
    for choice in completion["choices"]:
        if fault in ("silent", "cut-call"):
            choice["message"]["content"] = None
        if fault == "cut-call":
            choice["message"]["tool_calls"] = [_half_a_call(body)]
            choice["finish_reason"] = "tool_calls"
    if fault == "malformed":
        text = json.dumps(completion)
        return web.Response(text=text[: len(text) // 2], content_type="application/json")
    return web.json_response(
        completion, content_type="text/plain" if fault == "plain" else "application/json"
    )


def _half_a_call(body: Mapping[str, Any]) -> dict[str, Any]:
    """A call of the first function that a request offers, or of one that was not offered."""
    tools = body.get("tools")
    offered = tools[0] if isinstance(tools, list) and tools and isinstance(tools[0], dict) else {}
    name = (offered.get("function") or {}).get("name", "calculator")
    return {
        "id": "call-1",
        "type": "function",
        "function": {"name": name, "arguments": '{"expression": "2 *'},
    }


async def _cut(request: web.Request) -> web.StreamResponse:
    response = await _begun(request)
    if request.transport is not None:
        request.transport.abort()
    return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = await _begun(request)
    with suppress(ConnectionError):  # the client has given up
        while True:
            await response.write(b" ")
            await asyncio.sleep(1)
    return response


async def _begun(request: web.Request) -> web.StreamResponse:
    """An answer of which only the beginning is sent."""
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    await response.write(b'{"id": "chatcmpl-')
    return response
