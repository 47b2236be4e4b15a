"""Models as an OpenAI-compatible endpoint: the routes, a rate limit, statistics."""

import asyncio
import base64
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from evolve.models.base import EMBEDDERS, Embedder, Model, Reply, Request
from evolve.serving import chat_requests, completions, faults
from evolve.serving.chat_requests import MAX_CHOICES, ChatRequest
from evolve.serving.completions import Completion
from evolve.serving.guard import Guard
from evolve.serving.http import Handler, Refused, card, read_body, refusal
from evolve.serving.listener import listen
from evolve.serving.problems import ApiError

EMBEDDER = "hashed"
"""The name of the embedding model."""

_REMEMBERED = 100_000
"""Requests whose number of samples is remembered."""


@dataclass
class Statistics:
    """Counts since the server started."""

    requests: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    prompt_tokens: Counter[str] = field(default_factory=Counter)
    completion_tokens: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def as_data(self) -> dict[str, Any]:
        """The counts by name."""
        return dict(vars(self))


class Server:
    """Answers requests for models.

    The same request asked again is another sample, the next one, as from any endpoint; ``seed``
    in a request asks for the same sample each time.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        requests_per_minute: float | None = None,
        guard: Guard | None = None,
    ) -> None:
        """Serves models.

        Args:
            models: The models, by the names that clients use.
            requests_per_minute: The rate limit, above which requests are answered 429; None: none.
            guard: The requirements of requests; None: that they are meant for a loopback address.
        """
        self.statistics = Statistics()
        self._guard = guard or Guard()
        self._models = dict(models)
        self._started = int(time.time())
        self._sampled: OrderedDict[bytes, int] = OrderedDict()
        self._number = 0
        self._rate = requests_per_minute
        self._room = requests_per_minute or 0.0
        self._filled_at = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The paths and their handlers."""
        return (*self._models, EMBEDDER)

    def application(self) -> web.Application:
        """The routes."""
        application = self._guard.application(self._counted)
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_post("/v1/embeddings", self._embed)
        application.router.add_get("/v1/models", self._list)
        application.router.add_get("/v1/models/{name}", self._describe)
        application.router.add_get("/stats", self._stats)
        return application

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        statistics = self.statistics
        statistics.in_flight += 1
        statistics.most_in_flight = max(statistics.most_in_flight, statistics.in_flight)
        try:
            return await handler(request)
        except Refused as error:
            statistics.errors[str(refusal(error, request.path).status)] += 1
            raise
        finally:
            statistics.in_flight -= 1

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        self._number += 1
        named = chat_requests.model_named(body)
        wanted = faults.requested(named, request.headers.get(faults.HEADER, ""))
        fault = wanted.of(self._number)
        model = self._model(wanted.model)
        self.statistics.requests[wanted.model] += 1
        if fault:
            self.statistics.faults[fault] += 1
            if (instead := await faults.before(fault, request, body)) is not None:
                return instead
        self._admit()
        chat = chat_requests.read(body, model.max_tokens)
        replies = await self._replies(wanted.model, model, chat)
        if chat.stream:
            events = Completion(wanted.model, replies).events(with_usage=chat.with_usage)
            return await _streamed(request, events)
        return faults.after(fault, Completion(named, replies).as_data(), body)

    async def _replies(self, name: str, model: Model, chat: ChatRequest) -> list[Reply]:
        first = self._first_sample(name, chat.request, chat.count, chat.seed)
        samples = [replace(chat.request, sample=first + place) for place in range(chat.count)]
        replies = list(await asyncio.gather(*map(model.complete, samples)))
        statistics = self.statistics
        statistics.replies[name] += chat.count
        statistics.prompt_tokens[name] += replies[0].prompt_tokens
        statistics.completion_tokens[name] += sum(reply.completion_tokens for reply in replies)
        return [completions.ended(reply, chat.stop) for reply in replies]

    def _first_sample(self, name: str, request: Request, count: int, seed: int | None) -> int:
        """The next sample of a repeated request; the oldest are forgotten first."""
        if seed is not None:
            return seed * MAX_CHOICES
        key = blake2b(repr((name, request)).encode(errors="replace"), digest_size=16).digest()
        first = self._sampled.pop(key, 0)
        self._sampled[key] = first + count
        if len(self._sampled) > _REMEMBERED:
            self._sampled.popitem(last=False)
        return first

    def _admit(self) -> None:
        """Enforces the rate limit: a token bucket that holds a second's worth of requests."""
        if self._rate is None:
            return
        now = asyncio.get_running_loop().time()
        burst = max(1.0, self._rate / 60)
        self._room = min(burst, self._room + (now - self._filled_at) * self._rate / 60)
        self._filled_at = now
        if self._room < 1:
            wait = (1 - self._room) * 60 / self._rate
            raise ApiError(
                429,
                f"Rate limit reached: limit {self._rate:g} requests a minute.",
                "rate_limit_exceeded",
                code="rate_limit_exceeded",
                retry_after_s=max(0.01, round(wait, 2)),
            )
        self._room -= 1

    async def _embed(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if (
            not isinstance(texts, list)
            or not texts
            or not all(isinstance(text, str) for text in texts)
        ):
            raise ApiError(400, "'input' must be a text or an array of texts.", param="input")
        embedder = _embedder(body.get("dimensions"))
        rows = await embedder.embed(texts)
        as_text = body.get("encoding_format") == "base64"
        tokens = sum(len(text) for text in texts) // 4 + 1
        return web.json_response(
            {
                "object": "list",
                "model": body.get("model", EMBEDDER),
                "data": [
                    {
                        "object": "embedding",
                        "index": place,
                        "embedding": _packed(row) if as_text else row.tolist(),
                    }
                    for place, row in enumerate(rows)
                ],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            }
        )

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"object": "list", "data": [card(name, self._started) for name in self.names]}
        )

    async def _describe(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name != EMBEDDER:
            self._model(name)
        return web.json_response(card(name, self._started))

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.statistics.as_data())

    def _model(self, name: str) -> Model:
        if name not in self._models:
            message = f"The model {name!r} does not exist; there are: {', '.join(self._models)}."
            raise ApiError(404, message, param="model", code="model_not_found")
        return self._models[name]


async def serve(server: Server, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until the process is interrupted or terminated; see `listener.listen`.

    Args:
        server: The server.
        host: The address to listen on; every client that reaches it may use the models.
        port: The port; 0 takes a free one.
        announce: Called with the base URL once the server answers.

    Raises:
        ConfigError: It cannot listen there.
    """
    await listen(server.application(), host, port, lambda url: announce(f"{url}/v1"))


async def _streamed(request: web.Request, events: Iterable[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in events:
        await response.write(event)
    return response


def _embedder(dimensions: object) -> Embedder:
    options = {} if dimensions is None else {"dimensions": dimensions}
    try:
        return EMBEDDERS.find(EMBEDDER).model_validate(options)
    except ValueError:
        message = f"'dimensions' cannot be {dimensions!r}."
        raise ApiError(400, message, param="dimensions") from None


def _packed(row: NDArray[np.float64]) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode()
