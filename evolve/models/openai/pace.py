"""The pace of calls to a model: calls at once, requests and tokens a minute."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from evolve.models.base import Traffic

_BURST_S = 6.0
"""Seconds' worth of a limit that may be used at once after a pause."""


class Bucket:
    """A limit per minute, as a token bucket in the event loop's time.

    It may be overdrawn: a request that takes more than there is waits until the bucket would be
    full enough, and later requests wait behind it.
    """

    def __init__(self, per_minute: float) -> None:
        """Starts full.

        Args:
            per_minute: What may be taken in a minute.
        """
        self._whole = per_minute / 60
        self._rate = self._whole
        self._level = self._capacity
        self._at = asyncio.get_running_loop().time()

    @property
    def _capacity(self) -> float:
        return self._rate * _BURST_S

    def share(self, part: float) -> None:
        """Fills with a part of the limit from now on; what is in it does not grow by that."""
        self._fill()
        self._rate = self._whole * part
        self._level = min(self._level, self._capacity)

    def take(self, amount: float) -> float:
        """Takes an amount and returns how many seconds to wait before it may be used."""
        self._fill()
        self._level -= amount
        return max(0.0, -self._level / self._rate)

    def give_back(self, amount: float) -> None:
        """Returns what was taken and not used."""
        self._level = min(self._capacity, self._level + amount)

    def _fill(self) -> None:
        now = asyncio.get_running_loop().time()
        self._level = min(self._capacity, self._level + (now - self._at) * self._rate)
        self._at = now


class Slots:
    """Places for so many at once; how many may change."""

    def __init__(self, most: int) -> None:
        """Starts with all of them free."""
        self._most = most
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def resize(self, most: int) -> None:
        """Sets how many there are; those in use stay in use."""
        self._most = most
        self._admit()

    async def __aenter__(self) -> None:
        """Waits for a place, in order of arrival."""
        if self._taken < self._most and not self._waiting:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was just given a place
                self._leave()
            raise

    async def __aexit__(self, *ended: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._taken < self._most:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)


class Pace:
    """Admits requests no faster than a model's limits allow."""

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        slots: Slots | None = None,
    ) -> None:
        """Starts with nothing under way.

        Args:
            concurrency: Requests at once.
            requests_per_minute: None means any number.
            tokens_per_minute: Prompt and completion tokens; None means any number.
            slots: Places for requests that several models share; None: places of its own.
        """
        self._concurrency = concurrency
        self._slots = slots or Slots(concurrency)
        self._requests = Bucket(requests_per_minute) if requests_per_minute else None
        self._tokens = Bucket(tokens_per_minute) if tokens_per_minute else None
        self._resumes_at = 0.0
        self._under_way = 0
        self._waiting = 0

    def share(self, part: float, of: int) -> None:
        """Keeps to a part of the limits; see `evolve.models.base.Model.share`.

        The parts of all processes together are no more than the whole.
        """
        self._slots.resize(max(1, 1 + int((self._concurrency - of) * part)))
        for bucket in (self._requests, self._tokens):
            if bucket is not None:
                bucket.share(part)

    @asynccontextmanager
    async def turn(self, tokens: float) -> AsyncIterator[None]:
        """Waits until a request may be sent, and holds its slot until it is answered.

        Args:
            tokens: The expected number of its tokens.
        """
        async with self._slots:
            wait = self._resumes_at - asyncio.get_running_loop().time()
            if self._requests is not None:
                wait = max(wait, self._requests.take(1))
            if self._tokens is not None:
                wait = max(wait, self._tokens.take(tokens))
            if wait > 0:
                await self.rest(wait)
            self._under_way += 1
            try:
                yield
            finally:
                self._under_way -= 1

    async def rest(self, seconds: float) -> None:
        """Waits because of a rate limit."""
        self._waiting += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._waiting -= 1

    @property
    def traffic(self) -> Traffic:
        """The requests under way and those that wait for a limit."""
        return Traffic(self._under_way, self._waiting)

    def correct(self, expected: float, actual: float) -> None:
        """Replaces a request's expected tokens by its actual ones."""
        if self._tokens is not None:
            self._tokens.give_back(expected - actual)

    def pause(self, seconds: float) -> None:
        """Holds all requests for a while, as the endpoint asks."""
        until = asyncio.get_running_loop().time() + seconds
        self._resumes_at = max(self._resumes_at, until)
