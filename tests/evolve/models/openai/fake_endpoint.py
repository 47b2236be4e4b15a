"""An OpenAI-compatible endpoint on this machine that behaves as a test asks it to."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeAlias

from aiohttp import web

Behaviour: TypeAlias = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def completion(text: str | None = "Answer: 4", **changes: Any) -> dict[str, Any]:
    """A chat completion; changes go into its first choice's message."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "fake",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **changes},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def answers(body: object, **options: Any) -> Behaviour:
    """Answers that, as JSON."""

    async def behave(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(body, **options)

    return behave


def says(text: str | None = "Answer: 4") -> Behaviour:
    """Says that."""
    return answers(completion(text))


def streams(*texts: str, usage: bool = True) -> Behaviour:
    """Says those texts as the pieces of a stream."""
    pieces: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts
    ]
    pieces.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if usage:
        pieces.append({"choices": [], "usage": completion()["usage"]})
    lines = [": a comment", *(f"data: {json.dumps(piece)}" for piece in pieces), "data: [DONE]"]
    return sends("\n\n".join(lines) + "\n\n", "text/event-stream")


def sends(content: str, content_type: str = "application/json", status: int = 200) -> Behaviour:
    """Sends that, whatever it is."""

    async def behave(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=content, content_type=content_type, status=status)

    return behave


def fails(
    status: int,
    message: str = "no",
    headers: Mapping[str, str] | None = None,
    **details: str | None,
) -> Behaviour:
    """Answers an error."""
    return answers({"error": {"message": message, **details}}, status=status, headers=headers)


async def hangs(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError("the stop event is never set")


async def drips(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Begins an answer that never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


async def cuts(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Cuts the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cuts_midway(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Cuts the connection in the middle of an answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def echoes_key(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    """Refuses the key and repeats it in the error."""
    key = request.headers["Authorization"]
    message = f"Incorrect API key provided: {key.split()[1]}. Header: {key}\nsk-abcd***wxyz"
    return web.json_response({"error": {"message": message}}, status=401)


def refuses(
    *names: str, message: str = "Unsupported parameter: '{}'", named: bool = True
) -> Behaviour:
    """Refuses those keys of a request, and is content with others."""

    async def behave(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
        for name in names:
            key, _, kind = name.partition(":")
            if key in payload and (not kind or payload[key]["type"] == kind):
                error = {"message": message.format(key), "param": key if named else None}
                return web.json_response({"error": error}, status=400)
        return web.json_response(completion())

    return behave


class FakeEndpoint:
    """Behaves as its script says, one request after the other, and then always in the same way."""

    def __init__(self, *script: Behaviour, then: Behaviour | None = None) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.under_way = 0
        self.most_under_way = 0
        self.url = ""
        self._script = list(script)
        self._then = then or says()

    def behave(self, then: Behaviour) -> None:
        """Behaves in that way from now on."""
        self._script, self._then = [], then

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        payload = json.loads(await request.read())
        self.requests.append(payload)
        self.keys.append(request.headers.get("Authorization", ""))
        self.times.append(asyncio.get_running_loop().time())
        behaviour = self._script.pop(0) if self._script else self._then
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await behaviour(request, payload)
        finally:
            self.under_way -= 1
