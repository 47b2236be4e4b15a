"""HTTP requests and errors: reads bodies, formats refusals, describes models."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from evolve.errors import OutageError
from evolve.serving.problems import ApiError
from search_spaces.errors import EvolveError

IDLE_S = 60.0
"""Seconds that a client may pause within a request."""

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""The handler of a request."""

Refused = (ApiError, web.HTTPException, EvolveError)
"""The errors that `refusal` can put into a response."""


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object that a client sent.

    Raises:
        ApiError: There is none, or it does not arrive.
        HTTPRequestEntityTooLarge: It is longer than the server allows.
    """
    written = await _read(request)
    try:
        body = json.loads(written, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "We could not parse the JSON body of your request.")
    return body


async def _read(request: web.Request) -> bytes:
    most = request.client_max_size
    if request.content_length is not None and request.content_length > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length)
    written = bytearray()
    try:
        while True:
            async with asyncio.timeout(IDLE_S):
                chunk = await request.content.readany()
            if not chunk:
                return bytes(written)
            written += chunk
            if len(written) > most:
                raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(written))
    except TimeoutError:
        raise ApiError(408, f"The request's body did not arrive within {IDLE_S:g} s.") from None
    except web.RequestPayloadError:
        raise ApiError(400, "The request's body is not encoded as its headers say.") from None


def refusal(error: Exception, path: str) -> ApiError:
    """An error as an endpoint sends it.

    Args:
        error: One of `Refused`.
        path: The path of the request.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return ApiError(413, "The request's body is too long; at most 64 MiB are read.")
    if isinstance(error, web.HTTPException):
        return ApiError(error.status, f"{error.reason}: {path}")
    if isinstance(error, OutageError):
        return ApiError(503, str(error), "server_error")
    return ApiError(422, str(error))  # a retry would not help, and clients retry 5xx


def card(name: str, created: int) -> dict[str, Any]:
    """A model in a list of models.

    Args:
        name: Its name.
        created: When the server started, as a Unix time.
    """
    return {"id": name, "object": "model", "created": created, "owned_by": "evolve"}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
