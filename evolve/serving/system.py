"""A system as one OpenAI-compatible model: its final answer, its usage summed over all agents."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from archive.records import Trace
from evolve.applying import System
from evolve.models.base import Message, Reply
from evolve.serving import completions
from evolve.serving.faults import ApiError
from evolve.serving.http import Refused, card, read_body, refusal

WAITING = 8
"""Requests that may wait for each one that is worked on; more are answered 429."""

SIGN_OF_LIFE_S = 10.0
"""How often a stream that has nothing to tell yet says that it is alive, in seconds."""


class SystemServer:
    """Answers requests for one system."""

    def __init__(self, system: System, name: str, token: str, abreast: int) -> None:
        """Serves a system.

        Args:
            system: What to serve.
            name: The model's name.
            token: What clients have to show; empty: nothing.
            abreast: How many questions are worked on at once.
        """
        self.name = name
        self._system = system
        self._token = token
        self._abreast = abreast
        self._room = asyncio.Semaphore(abreast)
        self._asked = 0
        self._number = 0

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[self._guarded])
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_get("/v1/models", self._list)
        application.router.add_get("/v1/models/{name}", self._describe)
        application.router.add_get("/health", self._health)
        application.on_cleanup.append(self._close)
        return application

    @web.middleware
    async def _guarded(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        try:
            self._admit(request)
            return await handler(request)
        except Refused as error:
            return refusal(error, request.path).response()

    def _admit(self, request: web.Request) -> None:
        if not self._token or request.path == "/health":
            return
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), self._token.encode()):
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        self._known(str(body.get("model", "")))
        asked, count = completions.read(body, 1)
        question = question_of(asked.messages)
        self._number += 1
        identity = f"chatcmpl-{self._number}"
        with self._counted(count):
            if body.get("stream"):
                usage = bool((body.get("stream_options") or {}).get("include_usage"))
                return await self._streamed(request, identity, question, count, usage)
            replies = await self._replies(question, count)
        return web.json_response(completions.completion(identity, self.name, replies))

    @contextmanager
    def _counted(self, count: int) -> Iterator[None]:
        """Lets so many questions in if there are not too many here already."""
        if self._asked and self._asked + count > self._abreast * (1 + WAITING):
            raise ApiError(429, "Too many requests are waiting.", retry_after_s=1.0)
        self._asked += count
        try:
            yield
        finally:
            self._asked -= count

    async def _replies(self, question: str, count: int) -> Sequence[Reply]:
        return await asyncio.gather(*(self._reply(question, trial) for trial in range(count)))

    async def _reply(self, question: str, trial: int) -> Reply:
        async with self._room:
            trace = await self._system.answer(question, trial)
        if trace.failure:
            raise ApiError(502, f"The system gives no answer: {trace.failure}", "server_error")
        return _as_reply(trace)

    async def _streamed(
        self, request: web.Request, identity: str, question: str, count: int, usage: bool
    ) -> web.StreamResponse:
        """The final answer as events; comments keep the connection alive until it is there."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        working = asyncio.create_task(_gathered(self._replies(question, count)))
        try:
            await response.prepare(request)
            while not (await asyncio.wait([working], timeout=SIGN_OF_LIFE_S))[0]:
                await response.write(b": working\n\n")
            for event in completions.events(identity, self.name, working.result(), usage):
                await response.write(event)
        except Refused as error:
            await response.write(completions.failed(refusal(error, request.path).data))
        finally:
            working.cancel()
        return response

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [card(self.name)]})

    async def _describe(self, request: web.Request) -> web.Response:
        self._known(request.match_info["name"])
        return web.json_response(card(self.name))

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "model": self.name, "asked": self._asked})

    async def _close(self, application: web.Application) -> None:
        await self._system.close()

    def _known(self, name: str) -> None:
        if name != self.name:
            message = f"The model {name!r} does not exist; there is {self.name!r}."
            raise ApiError(404, message, param="model", code="model_not_found")


async def _gathered(replies: Awaitable[Sequence[Reply]]) -> Sequence[Reply]:
    return await replies


def question_of(messages: Sequence[Message]) -> str:
    """What a conversation asks, as one text: a single user's turn alone, or all that was said."""
    told = [message.content for message in messages if message.role == "system"]
    turns = [message for message in messages if message.role != "system"]
    if len(turns) > 1:
        told += [f"{turn.role.capitalize()}: {turn.content}" for turn in turns]
    else:
        told += [turn.content for turn in turns]
    return "\n\n".join(told)


def _as_reply(trace: Trace) -> Reply:
    usage = trace.usage
    return Reply(trace.answer, usage.prompt_tokens, usage.completion_tokens, usage.seconds)
