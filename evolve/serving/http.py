"""What every server here does with HTTP: reads bodies, refuses, lists models."""

import json
from typing import Any

from aiohttp import web

from evolve.errors import OutageError
from evolve.serving.faults import ApiError

Refused = (ApiError, web.HTTPException, OutageError)
"""What `refusal` can put into an answer."""


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object that a client sent.

    Raises:
        ApiError: It is none.
    """
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "We could not parse the JSON body of your request.")
    return body


def refusal(error: Exception, path: str) -> ApiError:
    """An error as an endpoint tells it."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, web.HTTPException):
        return ApiError(error.status, f"{error.reason}: {path}")
    return ApiError(503, str(error), "server_error")


def card(name: str) -> dict[str, Any]:
    """A model in a list of models."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "evolve"}
