"""A system as one OpenAI-compatible model: its final answer, its usage summed over all agents."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from archive.records import Trace
from evolve.models.base import Message, Reply
from evolve.serving import chat_requests, completions
from evolve.serving.apply import System
from evolve.serving.chat_requests import MAX_CHOICES, ChatRequest
from evolve.serving.completions import Completion
from evolve.serving.guard import Guard
from evolve.serving.http import Refused, card, read_body, refusal
from evolve.serving.problems import ApiError, unsupported

HEALTH = "/health"
"""The health check, which needs no token."""

WAITING = 8
"""Requests that may wait for each one that is worked on; more are answered 429."""

SIGN_OF_LIFE_S = 10.0
"""How often a stream that has no events yet sends a comment, in seconds."""

_REFUSED = "the model refused: "
"""The prefix of the failure of a task that models refused to answer."""

_FORMAT = (
    "can only be {type: text}: this model is a whole system, whose answer has a form of its own."
)
_TOOLS = "is not supported: this model is a whole system, which calls no function of its client."


class SystemServer:
    """Answers requests for one system."""

    def __init__(self, system: System, name: str, guard: Guard, concurrency: int) -> None:
        """Serves a system.

        Args:
            system: The system.
            name: The model's name.
            guard: What is required of requests.
            concurrency: The number of concurrent questions.
        """
        self.name = name
        self._system = system
        self._guard = guard
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._open = 0
        self._started = int(time.time())

    def application(self) -> web.Application:
        """The routes."""
        application = self._guard.application()
        application.router.add_post("/v1/chat/completions", self._chat)
        application.router.add_get("/v1/models", self._list)
        application.router.add_get("/v1/models/{name}", self._describe)
        application.router.add_get(HEALTH, self._health)
        application.on_cleanup.append(self._close)
        return application

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request)
        self._require_own_name(chat_requests.model_named(body))
        chat = chat_requests.read(body, 1)
        _require_supported(chat, body.get("response_format"))
        with self._admitted(chat.count):
            if chat.stream:
                return await self._streamed(request, chat)
            replies = await self._replies(chat)
        return web.json_response(Completion(self.name, replies).as_data())

    @contextmanager
    def _admitted(self, count: int) -> Iterator[None]:
        """Counts open questions; refuses further ones if too many are open."""
        if self._open and self._open + count > self._concurrency * (1 + WAITING):
            raise ApiError(429, "Too many requests are waiting.", retry_after_s=1.0)
        self._open += count
        try:
            yield
        finally:
            self._open -= count

    async def _replies(self, chat: ChatRequest) -> Sequence[Reply]:
        """The requested number of replies; the first error cancels the others."""
        question = question_of(chat.request.messages)
        first = 0 if chat.seed is None else chat.seed * MAX_CHOICES
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._answer(question, first + place))
                    for place in range(chat.count)
                ]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        traces = [task.result() for task in tasks]
        if all(trace.failure and not _is_refusal(trace) for trace in traces):
            message = f"The system gives no answer: {traces[0].failure}"
            raise ApiError(422, message, code="no_answer")
        return [
            completions.shortened(completions.ended(_as_reply(trace), chat.stop), chat.limit)
            for trace in traces
        ]

    async def _answer(self, question: str, trial: int) -> Trace:
        async with self._slots:
            return await self._system.answer(question, trial)

    async def _streamed(self, request: web.Request, chat: ChatRequest) -> web.StreamResponse:
        """The final answer as events; comments keep the connection alive until it is there."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        working = asyncio.create_task(self._replies(chat))
        try:
            await response.prepare(request)
            while not (await asyncio.wait([working], timeout=SIGN_OF_LIFE_S))[0]:
                await response.write(b": working\n\n")
            completion = Completion(self.name, working.result())
            for event in completion.events(with_usage=chat.with_usage):
                await response.write(event)
        except Refused as error:
            await response.write(completions.failed(refusal(error, request.path).data))
        finally:
            working.cancel()
        return response

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [card(self.name, self._started)]})

    async def _describe(self, request: web.Request) -> web.Response:
        self._require_own_name(request.match_info["name"])
        return web.json_response(card(self.name, self._started))

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "model": self.name, "open": self._open})

    async def _close(self, application: web.Application) -> None:
        await self._system.close()

    def _require_own_name(self, name: str) -> None:
        if name != self.name:
            message = f"The model {name!r} does not exist; there is {self.name!r}."
            raise ApiError(404, message, param="model", code="model_not_found")


def question_of(messages: Sequence[Message]) -> str:
    """A conversation as one question: the text of a single user's turn, or all turns by role.

    Args:
        messages: The conversation.
    """
    instructions = [message.content for message in messages if message.role == "system"]
    turns = [message for message in messages if message.role != "system"]
    if [turn.role for turn in turns] == ["user"]:
        return "\n\n".join([*instructions, turns[0].content])
    lines = [line for turn in turns for line in _lines(turn)]
    return "\n\n".join([*instructions, *lines])


def _lines(turn: Message) -> Iterator[str]:
    """A turn of a conversation as text: its content, then its calls."""
    speaker = "Tool result" if turn.role == "tool" else turn.role.capitalize()
    if turn.content or not turn.tool_calls:
        yield f"{speaker}: {turn.content}"
    for call in turn.tool_calls:
        yield f"{speaker} calls {call.name} with {call.arguments}"


def _require_supported(chat: ChatRequest, response_format: object) -> None:
    """Refuses what only a single model can do."""
    text = response_format is None or response_format == {"type": "text"}
    if not text:
        raise unsupported("response_format", _FORMAT)
    if chat.request.tools and chat.request.tool_choice != "none":
        raise unsupported("tools", _TOOLS)


def _is_refusal(trace: Trace) -> bool:
    return trace.failure.startswith(_REFUSED)


def _as_reply(trace: Trace) -> Reply:
    """The final answer as a reply; where there is none, a refusal that says why."""
    usage = trace.usage
    refusal = trace.failure.removeprefix(_REFUSED) if _is_refusal(trace) else trace.failure
    return Reply(
        trace.answer, usage.prompt_tokens, usage.completion_tokens, usage.seconds, refusal=refusal
    )
