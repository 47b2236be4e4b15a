"""Calls to one model within one event loop: pace, attempts, and what refusals mean."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evolve.errors import OutageError
from evolve.models.base import Reply, Request, Traffic
from evolve.models.openai.attempts import Attempts
from evolve.models.openai.breaker import Breaker
from evolve.models.openai.capabilities import (
    Capabilities,
    is_out_of_range,
    refusal,
    refused_key,
)
from evolve.models.openai.endpoint import Endpoint
from evolve.models.openai.faults import Complaint, Lasting, Limited, Need, Passing
from evolve.models.openai.pace import Pace
from evolve.models.openai.payload import payload, written
from evolve.models.openai.probing import answered_when, features, works_at_all
from evolve.models.openai.replies import NO_CHOICES, read_reply
from evolve.models.tools_in_words import read as read_calls

_BYTES_PER_TOKEN = 4
"""About the length of a prompt's token, to keep the pace before the endpoint has counted."""

_DOUBTED = 3
"""Unexplained refusals without a reply in between, after which a control request is sent."""

_NO_ROOM = "raise it with an option of `evolve resume`, such as --usd or --calls"


@dataclass(frozen=True)
class RequestOptions:
    """How a model is called, and the advice for when it does not answer."""

    model: str
    where: str
    extra: Mapping[str, Any]
    top_logprobs: int
    retries: int
    first_wait_s: float
    patience_s: float
    advice: Mapping[Need, str]


class Session:
    """The calls of a model; close it."""

    def __init__(
        self,
        endpoint: Endpoint,
        pace: Pace,
        breaker: Breaker,
        options: RequestOptions,
        lose: Callable[[int, int], Awaitable[bool]],
        capabilities: Capabilities,
        found_out: Callable[[Capabilities], None] = lambda takes: None,
    ) -> None:
        """Starts within a running event loop.

        Args:
            endpoint: Where to send requests.
            pace: How fast.
            breaker: When to stop.
            options: Everything else about a call.
            lose: Books the prompt and completion tokens of an attempt that may have been paid for
                without an answer; False if the budget leaves no room for another one.
            capabilities: What the endpoint is known to take.
            found_out: Called with what else it turned out not to take, once it takes the rest.
        """
        self.capabilities = capabilities
        self._known = capabilities
        self._found_out = found_out
        self._endpoint = endpoint
        self._pace = pace
        self._breaker = breaker
        self._options = options
        self._lose = lose
        self._overrun = 1.0
        self._proven: frozenset[tuple[str, str]] = frozenset()
        self._unexplained = 0
        self._probing = asyncio.Lock()

    async def complete(self, request: Request) -> Reply:
        """Calls the model until there is a reply.

        Raises:
            OutageError: The endpoint does not answer.
        """
        options = self._options
        attempts = Attempts(
            request,
            options.retries,
            options.first_wait_s,
            options.patience_s,
            self._lose,
            math.ceil(self._overrun * request.max_tokens),
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
        """The requests and tokens a minute that the endpoint reports as its limits."""
        return self._endpoint.limits or {}

    async def close(self) -> None:
        """Closes the connections."""
        await self._endpoint.close()

    async def _attempt(self, request: Request, attempts: Attempts) -> Reply | None:
        """Calls once; without a reply, returns when another attempt may help."""
        takes = self.capabilities
        try:
            try:
                reply = await self._send(request, takes)
            except Complaint as complaint:
                self._breaker.worked()
                return await self._explained(complaint, request, takes, attempts)
        except Limited as fault:
            await self._pace.rest(await self._wait_s(fault, attempts))
        except Passing as fault:
            if not (fault.may_lack and await self._lacks(request, takes, attempts)):
                await asyncio.sleep(await self._wait_s(fault, attempts))
        except Lasting as fault:
            raise self._outage(str(fault), self._options.advice[fault.need]) from None
        else:
            return await self._accepted(reply, request, takes, attempts)
        return None

    async def _accepted(
        self, reply: Reply, request: Request, takes: Capabilities, attempts: Attempts
    ) -> Reply | None:
        """A reply; None to try again."""
        if reply.refusal != NO_CHOICES:
            self._answered(request, takes)
            return await attempts.accepted(reply)
        self._breaker.worked()
        accepted = await attempts.accepted(reply)
        if accepted is None or self._proven:
            return accepted
        async with self._probing:
            if await works_at_all(request, takes, self._answers, vary=False) is None:
                raise self._outage("an answer without choices", self._options.advice["service"])
        return accepted

    def _answered(self, request: Request, takes: Capabilities) -> None:
        """Notes that a request was answered, and so what the endpoint takes."""
        self._breaker.worked()
        self._unexplained = 0
        self._proven |= features(request, takes)
        if self.capabilities != self._known:
            self._known = self.capabilities
            self._found_out(self._known)

    async def _explained(
        self, complaint: Complaint, request: Request, takes: Capabilities, attempts: Attempts
    ) -> Reply | None:
        """A reply with the reason if only this request is refused; None to try again.

        Raises:
            OutageError: Every request is refused.
        """
        if why := refusal(complaint):
            return _refused(f"{why}: {complaint}")
        used = features(request, takes)
        proven = {name for name, _ in used & self._proven}
        sent = self._body(request, takes).keys() - self._options.extra.keys() - proven
        name = refused_key(complaint, sent)
        if name is not None and attempts.refuse(f"{name} {takes.structured}"):
            before = attempts.assumed[0] if attempts.assumed else self.capabilities
            self.capabilities = self.capabilities.without(name, takes)
            attempts.assumed = before, self.capabilities
            return None
        async with self._probing:
            if self.capabilities != takes and attempts.refuse(takes.model_dump_json()):
                return None
            if not await self._is_only_this(complaint, request, takes):
                return None
            if attempts.assumed and attempts.assumed[1] == self.capabilities:
                # Leaving out what the words seemed to name did not help.
                self.capabilities = attempts.assumed[0]
        return _refused(str(complaint))

    async def _is_only_this(
        self, complaint: Complaint, request: Request, takes: Capabilities
    ) -> bool:
        """Whether only the content of a request is refused; if not, its capabilities are found.

        Raises:
            OutageError: Every request is refused.
        """
        self._unexplained += 1
        advice = self._options.advice[complaint.need]
        vary = complaint.need == "request"
        if features(request, takes) <= self._proven:
            if vary and self._unexplained < _DOUBTED:
                return True
            found = await works_at_all(request, takes, self._answers, vary=vary)
        else:
            # A value out of range is for a person to change: leaving it out would hide it.
            omit = not is_out_of_range(complaint)
            found = await answered_when(
                request, takes, self._answers, self._body, omit=omit, vary=vary and omit
            )
        if found is None:
            raise self._outage(str(complaint), advice) from None
        self.capabilities = found
        return found == takes

    async def _lacks(self, request: Request, takes: Capabilities, attempts: Attempts) -> bool:
        """Whether a server failed because it lacks an ability, which is left out from now on."""

        async def answers(control: Request, trial: Capabilities) -> bool:
            try:
                return await self._answers(control, trial)
            except Passing:
                return False

        if features(request, takes) <= self._proven or not attempts.refuse("may lack"):
            return False
        async with self._probing:
            if self.capabilities != takes:
                return True
            found = await answered_when(request, takes, answers, self._body, vary=False)
        if found is None or found == takes:
            return False
        self.capabilities = found
        return True

    async def _answers(self, request: Request, takes: Capabilities) -> bool:
        """Whether a control request is answered; its cost is booked."""
        try:
            reply = await self._send(request, takes)
        except Complaint:
            return False
        if answered := reply.refusal != NO_CHOICES:
            self._answered(request, takes)
        if not await self._lose(reply.prompt_tokens, reply.completion_tokens):
            raise self._outage(
                "finding out what it takes has a price, and the budget leaves no room", _NO_ROOM
            )
        return answered

    def _body(self, request: Request, takes: Capabilities) -> dict[str, Any]:
        options = self._options
        return payload(options.model, request, takes, options.extra, options.top_logprobs)

    async def _send(self, request: Request, takes: Capabilities) -> Reply:
        content = written(self._body(request, takes))
        expected = len(content) / _BYTES_PER_TOKEN + request.max_tokens
        async with self._pace.turn(expected):
            started = asyncio.get_running_loop().time()
            answer = await self._endpoint.chat(content)
            latency_s = asyncio.get_running_loop().time() - started
        reply = read_reply(answer, request, latency_s)
        self._overrun = max(self._overrun, reply.completion_tokens / request.max_tokens)
        self._pace.correct(expected, reply.prompt_tokens + reply.completion_tokens)
        return reply if takes.tools else read_calls(reply, request.tools)

    async def _wait_s(self, fault: Passing, attempts: Attempts) -> float:
        limited = isinstance(fault, Limited)
        wait = await attempts.next_wait_s(fault)
        if wait is None:
            often = "for too long" if limited else f"{attempts.failures} times in a row"
            need: Need = "limits" if limited else "service"
            raise self._outage(f"{fault} ({often})", self._options.advice[need]) from None
        if not attempts.affordable:
            raise self._outage(
                f"{fault}, which may have been billed, and the budget allows no other attempt",
                _NO_ROOM,
            ) from None
        if not limited:
            self._breaker.failed()
        elif fault.wait_s:
            self._pace.pause(fault.wait_s)
        return wait

    def _outage(self, what: str, advice: str) -> OutageError:
        options = self._options
        outage = OutageError(f"model {options.model!r} at {options.where}: {what}; {advice}")
        self._breaker.give_up(outage)
        return outage


def _refused(why: str) -> Reply:
    return Reply("", 0, 0, 0.0, refusal=why)
