"""Listens for HTTP until the process is to end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from evolve.serving.http import IDLE_S, Handler
from evolve.signals import INTERRUPT, on_signals
from search_spaces.errors import ConfigError


async def listen(
    application: web.Application,
    host: str,
    port: int,
    announce: Callable[[str], None],
    patience_s: float = 1.0,
) -> None:
    """Serves until the process is interrupted or terminated; open requests may finish.

    Args:
        application: The routes.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        announce: Called with the URL of the server, without a path, once it answers.
        patience_s: How long open requests may take when the process is to end, in seconds.

    Raises:
        ConfigError: It cannot listen there.
    """
    stopped = asyncio.Event()
    restore_signals = on_signals(INTERRUPT, stopped.set)
    try:
        async with listening(application, host, port, patience_s) as url:
            announce(url)
            await stopped.wait()
    finally:
        restore_signals()


@asynccontextmanager
async def listening(
    application: web.Application,
    host: str = "127.0.0.1",
    port: int = 0,
    patience_s: float = 1.0,
    idle_s: float = IDLE_S,
) -> AsyncIterator[str]:
    """Serves within a context, and gives the URL of the server without a path.

    The handler of a request is cancelled when its client disconnects. Idle connections are closed.

    Args:
        application: The routes.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        patience_s: How long open requests may take in the end, in seconds.
        idle_s: How long a connection may be idle, in seconds.

    Raises:
        ConfigError: It cannot listen there.
    """
    served: set[RequestHandler] = set()

    @web.middleware
    async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
        served.add(request.protocol)
        return await handler(request)

    application.middlewares.insert(0, noted)
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=patience_s,
        handler_cancellation=True,
        keepalive_timeout=idle_s,
        logger=_log(),
    )
    await runner.setup()
    closing = asyncio.create_task(_close_silent(runner, served, idle_s))
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            reason = (error.strerror or str(error)).rpartition(": ")[2]
            raise ConfigError(
                f"cannot listen on {host}:{port}: {reason}; choose another port, 0 for a free one"
            ) from None
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{runner.addresses[0][1]}"
    finally:
        closing.cancel()
        await runner.cleanup()


async def _close_silent(runner: web.AppRunner, served: set[RequestHandler], idle_s: float) -> None:
    """Closes connections that were open for so long without any whole request."""
    since: dict[RequestHandler, float] = {}
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(idle_s / 4)
        open_now = set(runner.server.connections) if runner.server else set()
        served &= open_now
        since = {each: since.get(each, loop.time()) for each in open_now - served}
        for connection, seen in since.items():
            if loop.time() - seen >= idle_s:
                connection.force_close()


def _log() -> logging.Logger:
    log = logging.getLogger("evolve.serving")
    log.addFilter(_is_worth_a_line)
    return log


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Leaves out what malformed requests cause, and tracebacks."""
    error = record.exc_info[1] if record.exc_info else None
    record.exc_info = None
    return not isinstance(error, HttpProcessingError)
