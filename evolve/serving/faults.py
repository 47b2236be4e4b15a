"""Errors on request, to see what a client makes of them.

A request asks for one by the header ``X-Evolve-Fault: 429``, or by its model's name:
``alder-small!429``, or for a share of the requests ``alder-small!429@0.1``.

===============  ==================================================================
400 401 403 404  an error of that status, with a body like OpenAI's
429              the same, with ``Retry-After: 1``
500 503          the same
hang             no answer until the client gives up
html             a page of HTML with status 200
cut              the connection is closed in the middle of the answer
empty            a completion without choices
no-usage         everything but ``usage``
no-schema        400 where ``response_format`` is there
no-n             400 where ``n`` is above 1
no-temperature   400 where ``temperature`` is there
no-max-tokens    400 where ``max_tokens`` is there instead of ``max_completion_tokens``
===============  ==================================================================
"""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from aiohttp import web

HEADER = "X-Evolve-Fault"
MARK = "!"

_STATUSES: Mapping[str, tuple[str, str]] = {
    "400": ("invalid_request_error", "This request is invalid because it asked to be."),
    "401": ("invalid_request_error", "Incorrect API key provided."),
    "403": ("invalid_request_error", "This key may not use this model."),
    "404": ("invalid_request_error", "The model does not exist or you do not have access to it."),
    "429": ("rate_limit_exceeded", "Rate limit reached. Please try again in 1s."),
    "500": ("server_error", "The server had an error while processing your request."),
    "503": ("server_error", "The engine is currently overloaded."),
}
_REFUSED: Mapping[str, str] = {
    "no-schema": "response_format",
    "no-n": "n",
    "no-temperature": "temperature",
    "no-max-tokens": "max_tokens",
}
_LATER = ("empty", "no-usage")
NAMES = (*_STATUSES, "hang", "html", "cut", *_LATER, *_REFUSED)
"""Every fault there is."""


class Asked(NamedTuple):
    """A model's name without its fault, the fault, and in what share of the requests."""

    model: str
    fault: str
    share: float


class ApiError(Exception):
    """An answer other than the one asked for."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.data = {"message": message, "type": kind, "param": param, "code": code}
        self._headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}

    def response(self) -> web.Response:
        """As an endpoint says it."""
        return web.json_response({"error": self.data}, status=self.status, headers=self._headers)


def asked(model: str, header: str) -> Asked:
    """What a request asks for.

    Raises:
        ApiError: It asks for a fault that there is not.
    """
    name, mark, written = model.partition(MARK)
    written = written if mark else header
    fault, _, share = written.partition("@")
    try:
        part = float(share) if share else 1.0
    except ValueError:
        part = -1.0
    if written and (fault not in NAMES or not 0 <= part <= 1):
        known = ", ".join(NAMES)
        raise ApiError(400, f"unknown fault {written!r}; write one of {known}, or such as 429@0.1")
    return Asked(name, fault, part)


def happens(wanted: Asked, number: int) -> bool:
    """Whether the fault happens to the request of that number."""
    return bool(wanted.fault) and Random(f"fault/{number}").random() < wanted.share


async def before(
    fault: str, request: web.Request, body: Mapping[str, Any]
) -> web.StreamResponse | None:
    """The answer that a fault gives instead of any work; None if it gives none.

    Raises:
        ApiError: The fault is an error.
    """
    if fault in _STATUSES:
        kind, message = _STATUSES[fault]
        wait = 1.0 if fault == "429" else None
        raise ApiError(int(fault), message, kind, code=kind, retry_after_s=wait)
    refused = _REFUSED.get(fault)
    if refused and body.get(refused) is not None and (refused, body[refused]) != ("n", 1):
        message = f"Unsupported parameter: '{refused}' is not supported with this model."
        raise ApiError(400, message, param=refused, code="unsupported_parameter")
    if fault == "hang":
        await asyncio.Event().wait()
    if fault == "html":
        return web.Response(text="<html><body>Welcome!</body></html>", content_type="text/html")
    return await _cut(request) if fault == "cut" else None


def after(fault: str, completion: dict[str, Any]) -> dict[str, Any]:
    """A completion with the fault in it."""
    if fault == "empty":
        return completion | {"choices": []}
    if fault == "no-usage":
        del completion["usage"]
    return completion


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"id": "chatcmpl-')
    if request.transport is not None:
        request.transport.abort()
    return response
