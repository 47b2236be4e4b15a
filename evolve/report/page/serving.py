"""The page of a run, live: served to whoever sits at this machine, and to nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from archive.reading import Reader
from archive.records import Run
from evolve.report.page.gathering import Gathering
from evolve.report.page.writing import as_json, write_page

HOST = "127.0.0.1"
_HOMES = {"127.0.0.1", "localhost", "::1"}


class LivePage:
    """Answers with the page, and with newer data than the page has."""

    def __init__(self, archive: Reader, run: Run) -> None:
        """Reads nothing before it is asked."""
        self._gathering = Gathering(archive, run)
        self._lock = asyncio.Lock()

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(middlewares=[_at_home])
        application.router.add_get("/", self._page)
        application.router.add_get("/data.json", self._data)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        async with self._lock:
            data = await asyncio.to_thread(self._gathering.data)
            page = await asyncio.to_thread(write_page, data, live=True)
        return web.Response(text=page, content_type="text/html", headers=_FRESH)

    async def _data(self, request: web.Request) -> web.Response:
        known = request.query.get("after"), request.query.get("status")
        async with self._lock:
            taken, status = await asyncio.to_thread(self._gathering.stands)
            if known == (str(taken), status):
                return web.Response(status=204)
            data = await asyncio.to_thread(self._gathering.data)
        text = await asyncio.to_thread(as_json, data)
        answer = web.Response(text=text, content_type="application/json", headers=_FRESH)
        answer.enable_compression()
        return answer


_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@web.middleware
async def _at_home(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses requests under a foreign name, so that no page from elsewhere can read this one."""
    if urlsplit(f"//{request.host}").hostname not in _HOMES:
        raise web.HTTPForbidden(text="this page is for 127.0.0.1 alone")
    return await handler(request)
