"""Asking a model at a fake endpoint, in a fresh event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from archive.records import Usage
from evolve.models.base import Message, Reply, Request
from evolve.models.openai import OpenAI
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint

T = TypeVar("T")

KEY = "sk-test-0123456789-abcdefghij"
IN_A_HURRY = {"timeout_s": 2, "retry_wait_s": 0.001, "retries": 2, "patience_s": 0.5}

With = Callable[[FakeEndpoint, OpenAI], Awaitable[T]]


def request(text: str = "What is 2 + 2?", **changes: Any) -> Request:
    return Request((Message("user", text),), **{"max_tokens": 64, **changes})


def meet(endpoint: FakeEndpoint, do: With[T], **options: Any) -> T:
    """Starts the endpoint, lets a model meet it, and closes both."""

    async def main() -> T:
        async with endpoint:
            options.setdefault("base_url", endpoint.url)
            model = OpenAI(**{"model": "fake", **IN_A_HURRY, **options})
            try:
                return await do(endpoint, model)
            finally:
                await model.close()

    return asyncio.run(main())


class Losses:
    """Keeps what was lost, as long as there is room."""

    def __init__(self, room: int = 100) -> None:
        self.usage = Usage()
        self._room = room

    async def lose(self, usage: Usage) -> bool:
        self.usage += usage
        return self.usage.calls <= self._room


def ask(
    endpoint: FakeEndpoint,
    wanted: Request | None = None,
    losses: Losses | None = None,
    **options: Any,
) -> Reply:
    """One reply from an endpoint."""

    async def once(_: FakeEndpoint, model: OpenAI) -> Reply:
        model.charge(losses or Losses())
        return await model.complete(wanted or request())

    return meet(endpoint, once, **options)
