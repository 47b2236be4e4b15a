"""One call from its first attempt to its reply: how long to wait in between, and what it cost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

from evolve.models.base import Reply, Request
from evolve.models.openai.capabilities import Capabilities
from evolve.models.openai.faults import Limited, Passing
from evolve.models.openai.payload import prompt_bound
from evolve.models.openai.replies import is_complete

_EMPTY = 5
"""Further attempts after an empty reply, which is more often a fault of the endpoint."""


class Attempts:
    """The state of a call between its attempts.

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
        """Starts with no attempt made.

        Args:
            request: The request.
            retries: Attempts after the first one.
            first_wait_s: The wait before the first of them; each further one is twice as long.
            patience_s: How long to wait for rate limits in all; also the longest single wait.
            lose: Books the prompt and completion tokens of an attempt that may have been paid for
                without an answer; False if the budget leaves no room for another one.
            most_tokens: Completion tokens that such an answer may have had.
        """
        self.failures = 0
        self.affordable = True
        """Whether the budget leaves room for another attempt."""
        self.assumed: tuple[Capabilities, Capabilities] | None = None
        """The capabilities before and after keys were left out because of refusals' words."""
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

    async def accepted(self, reply: Reply) -> Reply | None:
        """The reply; None for an incomplete one, which the endpoint may have cut.

        That one is booked, and the call tried again if the budget allows it.
        """
        if is_complete(reply) or reply.truncated or self._empty == _EMPTY:
            return reply
        self._empty += 1
        again = await self._lose(reply.prompt_tokens, reply.completion_tokens)
        return None if again else replace(reply, free=True)

    def refuse(self, step: str) -> bool:
        """Notes a refusal; False if this call met the same one before."""
        new = step not in self._refused
        self._refused.add(step)
        return new

    def _backoff_s(self, attempt: int) -> float:
        longest = self._first_wait_s * 2.0 ** min(attempt - 1, 6)
        return (
            Random(f"{self._request!r}/{self.failures}/{self._limited}").uniform(0.5, 1) * longest
        )
