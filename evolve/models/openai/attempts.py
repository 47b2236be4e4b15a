"""One call from its first attempt to its reply: how long to wait in between, and what it cost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

from evolve.models.base import Reply, Request
from evolve.models.openai.faults import Limited, Passing
from evolve.models.openai.payload import prompt_bound
from evolve.models.openai.replies import says_something

_EMPTY = 5
"""How often an empty reply is asked for again: endpoints lose more of them than models write."""


class Attempts:
    """What is remembered from one attempt of a call to the next.

    Waits grow exponentially and are a pure function of the request. Rate limits have a patience of
    their own: they say that the endpoint works.
    """

    def __init__(
        self,
        request: Request,
        retries: int,
        first_wait_s: float,
        patience_s: float,
        lose: Callable[[int, int], Awaitable[bool]],
        most_tokens: int,
    ) -> None:
        """Starts with everything left.

        Args:
            request: What is asked.
            retries: Attempts after the first one.
            first_wait_s: The wait before the first of them; each further one is twice as long.
            patience_s: How long to wait for rate limits in all; also the longest single wait.
            lose: Books the prompt and completion tokens of an attempt that may have been paid for
                without an answer; False if the budget leaves no room for another one.
            most_tokens: How many tokens such an answer may have had.
        """
        self.failures = 0
        self.affordable = True
        """Whether the budget leaves room for another attempt."""
        self._lose = lose
        self._most_tokens = most_tokens
        self._request = request
        self._retries = retries
        self._first_wait_s = first_wait_s
        self._patience_s = patience_s
        self._limited = 0
        self._waited_s = 0.0
        self._empty = 0
        self._refused: set[str] = set()

    async def next_wait_s(self, fault: Passing) -> float | None:
        """The seconds to wait after a failed attempt; None means that it was the last one."""
        if fault.billed:
            bound = prompt_bound(self._request)
            self.affordable = await self._lose(bound, self._most_tokens)
        if isinstance(fault, Limited):
            self._limited += 1
            wait = fault.wait_s + self._backoff_s(self._limited)
            self._waited_s += wait
            return wait if self._waited_s <= self._patience_s else None
        self.failures += 1
        wait = max(fault.wait_s, self._backoff_s(self.failures))
        return wait if self.failures <= self._retries and wait <= self._patience_s else None

    async def taken(self, reply: Reply) -> Reply | None:
        """A reply; None for one so empty or broken that the endpoint may have lost some of it.

        That one is paid for, and asked for again if the budget allows it.
        """
        if says_something(reply) or reply.truncated or self._empty == _EMPTY:
            return reply
        self._empty += 1
        again = await self._lose(reply.prompt_tokens, reply.completion_tokens)
        return None if again else replace(reply, free=True)

    def refuse(self, step: str) -> bool:
        """Notes what an endpoint refuses of the request; False if it refused just that before."""
        new = step not in self._refused
        self._refused.add(step)
        return new

    def _backoff_s(self, attempt: int) -> float:
        longest = self._first_wait_s * 2.0 ** min(attempt - 1, 6)
        return (
            Random(f"{self._request!r}/{self.failures}/{self._limited}").uniform(0.5, 1) * longest
        )
