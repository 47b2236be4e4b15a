"""A local HTTP server for the live page of a run."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from archive.reading import Reader
from archive.records import Run
from evolve.report.page.content import PageContent
from evolve.report.page.document import as_json, write_page
from evolve.serving.guard import Guard

HOST = "127.0.0.1"
T = TypeVar("T")


class LivePage:
    """Serves the page, and data newer than the page has."""

    def __init__(self, archive: Reader, run: Run) -> None:
        """Prepares the server; the archive is read at the first request."""
        self._gathering = PageContent(archive, run)
        self._lock = asyncio.Lock()

    def application(self) -> web.Application:
        """The routes."""
        application = Guard(HOST).application()
        application.router.add_get("/", self._page)
        application.router.add_get("/data.json", self._data)
        return application

    async def _page(self, request: web.Request) -> web.Response:
        def write() -> str:
            return write_page(self._gathering.data(), live=True)

        page = await self._alone(write)
        return web.Response(text=page, content_type="text/html", headers=_FRESH)

    async def _data(self, request: web.Request) -> web.Response:
        known = request.query.get("after"), request.query.get("status")

        def write() -> str | None:
            results_seen, status = self._gathering.stands()
            return None if known == (str(results_seen), status) else as_json(self._gathering.data())

        text = await self._alone(write)
        if text is None:
            return web.Response(status=204)
        answer = web.Response(text=text, content_type="application/json", headers=_FRESH)
        answer.enable_compression()
        return answer

    async def _alone(self, work: Callable[[], T]) -> T:
        """Runs work in a thread, one piece at a time, to its end even if the client disconnects."""

        async def locked() -> T:
            async with self._lock:
                return await asyncio.to_thread(work)

        return await asyncio.shield(asyncio.create_task(locked()))


_FRESH = {"Cache-Control": "no-store"}
