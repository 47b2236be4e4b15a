"""Asking one model within one event loop: pace, attempts, and what was found out on the way."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evolve.errors import OutageError
from evolve.models.base import Reply, Request, Traffic
from evolve.models.openai.attempts import Attempts
from evolve.models.openai.breaker import Breaker
from evolve.models.openai.capabilities import Capabilities, refusal, refused_key
from evolve.models.openai.endpoint import Endpoint
from evolve.models.openai.faults import Complaint, Lasting, Limited, Need, Passing
from evolve.models.openai.pace import Pace
from evolve.models.openai.payload import payload, written
from evolve.models.openai.replies import read_reply
from evolve.models.tools_in_words import read as read_calls

_BYTES_PER_TOKEN = 4
"""About what a token of a prompt is long, to keep the pace before the endpoint has counted."""


@dataclass(frozen=True)
class Manner:
    """How a model is asked, and what to tell a person when it does not answer."""

    model: str
    where: str
    extra: Mapping[str, Any]
    retries: int
    first_wait_s: float
    patience_s: float
    advice: Mapping[Need, str]


class Session:
    """A model under way; close it."""

    def __init__(
        self,
        endpoint: Endpoint,
        pace: Pace,
        breaker: Breaker,
        manner: Manner,
        lose: Callable[[int, int], Awaitable[bool]],
        capabilities: Capabilities,
        found_out: Callable[[Capabilities], None] = lambda takes: None,
    ) -> None:
        """Starts within a running event loop.

        Args:
            endpoint: Where to send requests.
            pace: How fast.
            breaker: When to stop.
            manner: Everything else about asking.
            lose: Books the prompt and completion tokens of an attempt that may have been paid for
                without an answer; False if the budget leaves no room for another one.
            capabilities: What is known of the endpoint so far.
            found_out: Told what else it turned out not to take, once it takes the rest.
        """
        self.capabilities = capabilities
        self._known = capabilities
        self._found_out = found_out
        self._endpoint = endpoint
        self._pace = pace
        self._breaker = breaker
        self._manner = manner
        self._lose = lose
        self._excess = 1.0

    async def ask(self, request: Request) -> Reply:
        """Asks until there is a reply.

        Raises:
            OutageError: The endpoint does not serve.
        """
        manner = self._manner
        attempts = Attempts(
            request,
            manner.retries,
            manner.first_wait_s,
            manner.patience_s,
            self._lose,
            math.ceil(self._excess * request.max_tokens),
        )
        try:
            reply = None
            while reply is None:
                await self._breaker.admit(attempts)
                reply = await self._attempt(request, attempts)
        finally:
            self._breaker.leave(attempts)
        return reply

    def share(self, part: float, of: int) -> None:
        """Keeps to a part of the limits; see `evolve.models.base.Model.share`."""
        self._pace.share(part, of)

    @property
    def traffic(self) -> Traffic:
        """The calls under way and those that wait for a rate limit."""
        return self._pace.traffic

    @property
    def limits(self) -> Mapping[str, int]:
        """The requests and tokens a minute that the endpoint said it allows, as far as it did."""
        return self._endpoint.limits or {}

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._endpoint.close()

    async def _attempt(self, request: Request, attempts: Attempts) -> Reply | None:
        """Asks once; without a reply, returns when it may help to ask again."""
        takes = self.capabilities
        body = payload(self._manner.model, request, takes, self._manner.extra)
        try:
            reply = await self._send(request, body)
            if not takes.tools:
                reply = read_calls(reply, request.tools)
        except Complaint as complaint:
            self._breaker.worked()
            if why := refusal(complaint):
                return Reply("", 0, 0, 0.0, refusal=f"{why}: {complaint}")
            self._adapt(complaint, body, takes, attempts)
        except Limited as fault:
            await self._pace.rest(await self._wait_s(fault, attempts))
        except Passing as fault:
            await asyncio.sleep(await self._wait_s(fault, attempts))
        except Lasting as fault:
            raise self._outage(str(fault), self._manner.advice[fault.need]) from None
        else:
            self._breaker.worked()
            if self.capabilities != self._known:
                self._known = self.capabilities
                self._found_out(self._known)
            return await attempts.taken(reply)
        return None

    async def _send(self, request: Request, body: Mapping[str, Any]) -> Reply:
        content = written(body)
        expected = len(content) / _BYTES_PER_TOKEN + request.max_tokens
        async with self._pace.turn(expected):
            started = asyncio.get_running_loop().time()
            answer = await self._endpoint.chat(content)
            latency_s = asyncio.get_running_loop().time() - started
        reply = read_reply(answer, request, latency_s)
        self._excess = max(self._excess, reply.completion_tokens / request.max_tokens)
        self._pace.correct(expected, reply.prompt_tokens + reply.completion_tokens)
        return reply

    async def _wait_s(self, fault: Passing, attempts: Attempts) -> float:
        limited = isinstance(fault, Limited)
        wait = await attempts.next_wait_s(fault)
        if wait is None:
            often = "for too long" if limited else f"{attempts.failures} times in a row"
            need: Need = "limits" if limited else "service"
            raise self._outage(f"{fault} ({often})", self._manner.advice[need]) from None
        if not attempts.affordable:
            raise self._outage(
                f"{fault}, which may have been billed, and the budget leaves no room to ask again",
                "raise it, as in `evolve resume --usd 5`",
            ) from None
        if not limited:
            self._breaker.failed()
        elif fault.wait_s:
            self._pace.pause(fault.wait_s)
        return wait

    def _adapt(
        self, complaint: Complaint, body: Mapping[str, Any], takes: Capabilities, attempts: Attempts
    ) -> None:
        """Finds out from a complaint what the endpoint does not take."""
        name = refused_key(complaint, body.keys() - self._manner.extra.keys())
        if name is None or not attempts.refuse(f"{name} {takes.structured}"):
            raise self._outage(str(complaint), self._manner.advice["request"]) from None
        self.capabilities = self.capabilities.without(name, takes)

    def _outage(self, what: str, advice: str) -> OutageError:
        manner = self._manner
        outage = OutageError(f"model {manner.model!r} at {manner.where}: {what}; {advice}")
        self._breaker.give_up(outage)
        return outage
