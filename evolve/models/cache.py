"""The call cache: the same sample of the same request is paid for once.

Replies are found by a hash of the model's identity, the request and the sample's number, and stored
in the run's archive, where later runs find them. A reply is on disk before it is returned; all that
arrive within one turn of the event loop are written together. A request that is already under way
is not sent again: the second caller gets the same reply.

The capabilities of endpoints are stored beside the replies, so a resumed run does not try again.

A cached reply is booked at its price, though it is not billed again. So a run is the same whether
the cache is cold or warm, and a resumed run books what the uninterrupted one would have.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeAlias

from pydantic import PrivateAttr

from archive.records import Run, Usage
from archive.store import Archive
from evolve.models.base import Account, Model, Reply, Request, ToolCall

_SORTED = json.JSONEncoder(sort_keys=True)

_TRUSTED = timedelta(days=7)
"""How long an endpoint's capabilities are used before they are tried again."""

Ask: TypeAlias = Callable[[Request], Awaitable[Reply]]


class CallCache:
    """The replies of a run's archive, for all of the run's models."""

    def __init__(self, archive: Archive, run: Run) -> None:
        """Uses the replies of an archive.

        Args:
            archive: Where replies are stored.
            run: The run that pays for new ones.
        """
        self._archive = archive
        self._run = run
        self._under_way: dict[bytes, asyncio.Future[Reply]] = {}
        self._unwritten: dict[bytes, Reply] = {}

    def wrap(self, model: Model) -> Model:
        """The same model behind the cache; a model without costs unchanged."""
        if not model.paid:
            return model
        model.remember(self)
        return CachedModel.of(model, self)

    def recall(self, key: str) -> str | None:
        """The stored capabilities of an endpoint, unless they are too old: endpoints change."""
        return self._archive.endpoint(key, datetime.now(UTC) - _TRUSTED)

    def note(self, key: str, text: str) -> None:
        """Stores the capabilities of an endpoint."""
        self._archive.put_endpoint(self._run, key, text)

    async def complete(self, identity: str, ask: Ask, request: Request) -> Reply:
        """The reply to a request, from the cache or else from a model.

        Args:
            identity: The model's.
            ask: Calls the model.
            request: The request.

        Raises:
            OutageError: The model's endpoint does not answer.
            ArchiveError: The reply cannot be written.
        """
        return await self.get(key_of(identity, request), lambda: ask(request))

    async def get(self, key: bytes, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of that key, from the cache or else from a call; see `complete`."""
        while (under_way := self._under_way.get(key)) is not None:
            await asyncio.wait([under_way])
            if not under_way.cancelled():
                return replace(under_way.result(), cached=True)
        return self._kept(key) or await self._buy(key, ask)

    def _kept(self, key: bytes) -> Reply | None:
        kept = self._archive.reply(key)
        return None if kept is None else _read(kept)

    async def _buy(self, key: bytes, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """Calls a model; others that wait get the same result, but not a cancellation."""
        under_way: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._under_way[key] = under_way
        try:
            reply = await ask()
            self._write_soon(key, reply)
            return await under_way
        except Exception as error:
            if not under_way.done():
                under_way.set_exception(error)
                under_way.exception()  # retrieved by the caller, even if no other call waits
            raise
        finally:
            del self._under_way[key]
            under_way.cancel()

    def _write_soon(self, key: bytes, reply: Reply) -> None:
        """Schedules a reply to be written at the end of this turn, and returned after that."""
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write_all)
        self._unwritten[key] = reply

    def _write_all(self) -> None:
        unwritten, self._unwritten = self._unwritten, {}
        failure: Exception | None = None
        try:
            bodies = {key: _body(reply) for key, reply in unwritten.items()}
            self._archive.add_replies(self._run, bodies)
        except Exception as error:  # noqa: BLE001 - raised by the waiting calls
            failure = error
        for key, reply in unwritten.items():
            under_way = self._under_way.get(key)
            if under_way is None or under_way.done():
                continue  # every caller was cancelled
            if failure is None:
                under_way.set_result(reply)
            else:
                under_way.set_exception(failure)


class _Behind:
    """The model behind a cached one, and its requests under way."""

    def __init__(self, model: Model, cache: CallCache) -> None:
        self.model = model
        self.cache = cache
        self.identity = model.identity
        self.account: Account | None = None
        self.under_way = 0


class CachedModel(Model):
    """A model behind a call cache."""

    _found: _Behind = PrivateAttr()

    @classmethod
    def of(cls, model: Model, cache: CallCache) -> "CachedModel":
        """That model behind that cache."""
        cached = cls(price=model.price, max_tokens=model.max_tokens)
        cached._found = _Behind(model, cache)
        return cached

    @cached_property
    def _behind(self) -> _Behind:
        return self._found  # cached, because pydantic looks private attributes up slowly

    @property
    def simulated(self) -> bool:
        """As the model behind the cache."""
        return self._behind.model.simulated

    @property
    def identity(self) -> str:
        """That of the model behind the cache."""
        return self._behind.identity

    @property
    def bare(self) -> Model:
        """The model behind the cache."""
        return self._behind.model

    @property
    def cache(self) -> CallCache:
        """The cache of its replies."""
        return self._behind.cache

    @property
    def under_way(self) -> int:
        """The number of requests that are not answered yet."""
        return self._behind.under_way

    @property
    def account(self) -> Account | None:
        """The account on which unanswered calls are booked."""
        return self._behind.account

    async def complete(self, request: Request) -> Reply:
        """Answers a request from the cache or else from the model."""
        behind = self._behind
        behind.under_way += 1
        try:
            reply = await behind.cache.complete(behind.identity, behind.model.complete, request)
            return reply.measured(request)
        finally:
            behind.under_way -= 1

    def charge(self, account: Account) -> None:
        """Sets the account of unanswered calls."""
        self._behind.account = account
        self._behind.model.charge(account)

    async def close(self) -> None:
        """Closes the model's connections."""
        await self._behind.model.close()

    def usage(self, reply: Reply) -> Usage:
        """The usage of a reply."""
        return self._behind.model.usage(reply)


def key_of(identity: str, request: Request) -> bytes:
    """The key of a reply: a hash of the model, the request and the sample's number."""
    parts = [
        identity,
        [[turn.role, turn.content] for turn in request.messages],
        request.max_tokens,
        request.temperature,
        request.top_p,
        request.effort,
        request.schema,
        request.sample,
    ]
    if request.tools:
        parts.append([[asdict(tool) for tool in request.tools], request.tool_choice])
        parts.append([[asdict(c) for c in turn.tool_calls] for turn in request.messages])
        parts.append([turn.reasoning for turn in request.messages])
    if request.labels:
        parts.append(["labels", *request.labels])
    return sha256(_SORTED.encode(parts).encode()).digest()


def _body(reply: Reply) -> str:
    """A reply as it is stored, without defaults."""
    fields: dict[str, Any] = {
        "text": reply.text,
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "latency_s": reply.latency_s,
    }
    for name in ("truncated", "refusal", "estimated", "cached_prompt_tokens", "reasoning"):
        if value := getattr(reply, name):
            fields[name] = value
    if reply.label_scores:
        fields["label_scores"] = reply.label_scores
    if reply.tool_calls:
        fields["tool_calls"] = [asdict(call) for call in reply.tool_calls]
    return json.dumps(fields)


def _read(body: str) -> Reply:
    fields = json.loads(body)
    calls = tuple(ToolCall(**call) for call in fields.pop("tool_calls", ()))
    scores = tuple(fields.pop("label_scores", ()))
    return Reply(**fields, tool_calls=calls, label_scores=scores, cached=True)
