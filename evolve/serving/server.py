"""A server process that answers as an OpenAI-compatible endpoint does."""

import asyncio
import base64
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from evolve.models.base import EMBEDDERS, Embedder, Model, Reply, Request
from evolve.serving import completions, faults
from evolve.serving.faults import ApiError
from evolve.serving.http import Refused, card, read_body, refusal
from evolve.serving.listening import listen

EMBEDDER = "hashed"
"""The name of the embedding model."""

_REMEMBERED = 100_000
_MOST_BYTES = 64 * 1024 * 1024


@dataclass
class Statistics:
    """What was asked for since the server started."""

    requests: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    prompt_tokens: Counter[str] = field(default_factory=Counter)
    completion_tokens: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return dict(vars(self))


class Server:
    """Answers requests for models.

    The same request asked again is another sample, the next one, as from any endpoint; ``seed``
    in a request asks for the same sample each time.
    """

    def __init__(
        self, models: Mapping[str, Model], requests_per_minute: float | None = None
    ) -> None:
        """Serves models by the names that clients know them by.

        Args:
            models: What to serve.
            requests_per_minute: More are answered 429; None: any number.
        """
        self.statistics = Statistics()
        self._models = dict(models)
        self._sampled: OrderedDict[bytes, int] = OrderedDict()
        self._number = 0
        self._rate = requests_per_minute
        self._room = requests_per_minute or 0.0
        self._filled_at = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """What clients can ask for."""
        return (*self._models, EMBEDDER)

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=_MOST_BYTES, middlewares=[self._guarded])
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_post("/v1/embeddings", self._embed)
        application.router.add_get("/v1/models", self._list)
        application.router.add_get("/v1/models/{name}", self._describe)
        application.router.add_get("/stats", self._stats)
        return application

    @web.middleware
    async def _guarded(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        statistics = self.statistics
        statistics.in_flight += 1
        statistics.most_in_flight = max(statistics.most_in_flight, statistics.in_flight)
        try:
            return await handler(request)
        except Refused as error:
            told = refusal(error, request.path)
            statistics.errors[str(told.status)] += 1
            return told.response()
        finally:
            statistics.in_flight -= 1

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        self._number += 1
        wanted = faults.asked(str(body.get("model", "")), request.headers.get(faults.HEADER, ""))
        fault = wanted.of(self._number)
        model = self._model(wanted.model)
        self.statistics.requests[wanted.model] += 1
        if fault:
            self.statistics.faults[fault] += 1
            if (instead := await faults.before(fault, request, body)) is not None:
                return instead
        self._admit()
        replies = await self._replies(wanted.model, model, body)
        identity = f"chatcmpl-{self._number}"
        if body.get("stream"):
            usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return await _streamed(
                request, completions.events(identity, wanted.model, replies, usage)
            )
        completion = completions.completion(identity, str(body["model"]), replies)
        return faults.after(fault, completion, body)

    async def _replies(self, name: str, model: Model, body: Mapping[str, Any]) -> list[Reply]:
        asked, count = completions.read(body, model.max_tokens)
        first = self._first_sample(name, asked, count, body.get("seed"))
        samples = [replace(asked, sample=first + place) for place in range(count)]
        replies = list(await asyncio.gather(*map(model.complete, samples)))
        statistics = self.statistics
        statistics.replies[name] += count
        statistics.prompt_tokens[name] += replies[0].prompt_tokens
        statistics.completion_tokens[name] += sum(reply.completion_tokens for reply in replies)
        return replies

    def _first_sample(self, name: str, asked: Request, count: int, seed: object) -> int:
        """Where to go on with a request that was asked before; the oldest are forgotten first."""
        if isinstance(seed, int):
            return seed * completions.MOST_CHOICES
        key = blake2b(repr((name, asked)).encode(errors="replace"), digest_size=16).digest()
        first = self._sampled.pop(key, 0)
        self._sampled[key] = first + count
        if len(self._sampled) > _REMEMBERED:
            self._sampled.popitem(last=False)
        return first

    def _admit(self) -> None:
        """Lets a request in, as many a minute as may come, in bursts of a second's worth."""
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
        dimensions = body.get("dimensions")
        try:
            embedder = EMBEDDERS.find(EMBEDDER)(
                **({} if dimensions is None else {"dimensions": dimensions})
            )
        except ValueError:
            raise ApiError(
                400, f"'dimensions' cannot be {dimensions!r}.", param="dimensions"
            ) from None
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
        return web.json_response({"object": "list", "data": [card(name) for name in self.names]})

    async def _describe(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name != EMBEDDER:
            self._model(name)
        return web.json_response(card(name))

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.statistics.as_data())

    def _model(self, name: str) -> Model:
        if name not in self._models:
            message = f"The model {name!r} does not exist; there are: {', '.join(self._models)}."
            raise ApiError(404, message, param="model", code="model_not_found")
        return self._models[name]


async def serve(server: Server, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until the process is interrupted or terminated; see `listening.listen`.

    Args:
        server: What to serve.
        host: Where to listen; anybody who reaches it may ask.
        port: The port; 0 takes a free one.
        announce: Told the base URL once the server answers.

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
