"""Listening for HTTP until the process is told to end."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

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
        host: Where to listen.
        port: The port; 0 takes a free one.
        announce: Told the URL of the server, without a path, once it answers.
        patience_s: How long open requests may take when the process is to end, in seconds.

    Raises:
        ConfigError: It cannot listen there.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=patience_s)
    await runner.setup()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            reason = (error.strerror or str(error)).rpartition(": ")[2]
            raise ConfigError(
                f"cannot listen on {host}:{port}: {reason}; choose another port, 0 for a free one"
            ) from None
        name = f"[{host}]" if ":" in host else host
        announce(f"http://{name}:{runner.addresses[0][1]}")
        await stopped.wait()
    finally:
        await runner.cleanup()
