"""How fast a model may be asked: calls at once, and requests and tokens a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_BURST_S = 6.0
"""Seconds' worth of a limit that may be used at once after a pause."""


class Bucket:
    """A limit per minute, as a token bucket in the event loop's time.

    It may be overdrawn: whoever takes more than is there waits until it would have been filled, and
    those who come later wait behind.
    """

    def __init__(self, per_minute: float) -> None:
        """Starts full.

        Args:
            per_minute: What may be taken in a minute.
        """
        self._rate = per_minute / 60
        self._capacity = self._rate * _BURST_S
        self._level = self._capacity
        self._at = asyncio.get_running_loop().time()

    def take(self, amount: float) -> float:
        """Takes an amount and returns how many seconds to wait before it may be used."""
        now = asyncio.get_running_loop().time()
        self._level = min(self._capacity, self._level + (now - self._at) * self._rate) - amount
        self._at = now
        return max(0.0, -self._level / self._rate)

    def give_back(self, amount: float) -> None:
        """Returns what was taken and not used."""
        self._level = min(self._capacity, self._level + amount)


class Pace:
    """Lets requests through, no faster than a model's limits allow."""

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
    ) -> None:
        """Starts with nothing under way.

        Args:
            concurrency: Requests at once.
            requests_per_minute: None means any number.
            tokens_per_minute: Prompt and completion tokens; None means any number.
        """
        self._slots = asyncio.Semaphore(concurrency)
        self._requests = Bucket(requests_per_minute) if requests_per_minute else None
        self._tokens = Bucket(tokens_per_minute) if tokens_per_minute else None
        self._resumes_at = 0.0

    @asynccontextmanager
    async def turn(self, tokens: float) -> AsyncIterator[None]:
        """Waits until a request may be sent, and holds its place until it is answered.

        Args:
            tokens: How many it is expected to take.
        """
        async with self._slots:
            wait = self._resumes_at - asyncio.get_running_loop().time()
            if self._requests is not None:
                wait = max(wait, self._requests.take(1))
            if self._tokens is not None:
                wait = max(wait, self._tokens.take(tokens))
            if wait > 0:
                await asyncio.sleep(wait)
            yield

    def correct(self, expected: float, actual: float) -> None:
        """Books what a request took in place of what was expected."""
        if self._tokens is not None:
            self._tokens.give_back(expected - actual)

    def pause(self, seconds: float) -> None:
        """Lets nobody through for a while: the endpoint asks for it."""
        until = asyncio.get_running_loop().time() + seconds
        self._resumes_at = max(self._resumes_at, until)
