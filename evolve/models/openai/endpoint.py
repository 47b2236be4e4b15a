"""One base URL with its headers: a request's body goes out, an answer's body comes back.

Requests go through aiohttp directly: building each one anew and parsing each response as typed
objects takes the openai client two thirds of the processor time of a call.
"""

import asyncio
import zlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus

import aiohttp
import httpx2

from evolve.models.openai.address import Address
from evolve.models.openai.faults import Fault, Lasting, Passing, fault_of, limits_in, one_line
from evolve.models.openai.proxies import connector, failed_at, is_socks, proxy_for
from evolve.models.openai.streams import assembled
from evolve.secrets.redaction import Mask
from evolve.version import __version__

_MOST_BYTES = 32 * 1024 * 1024
"""Of one answer: far more than any model writes, and little enough to hold."""

_CONNECTING_S = 10.0
"""How long connecting may take."""

_KEPT_OPEN_S = 4.0
"""How long an idle connection is kept: many servers close theirs after five seconds, and a request
that meets a closing connection is lost."""

_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Endpoint:
    """An open connection pool to an endpoint, within a running event loop; close it."""

    def __init__(self, address: Address, timeout_s: float, connections: int) -> None:
        """Prepares an endpoint; nothing is sent yet.

        Args:
            address: Where it is, and what it asks for.
            timeout_s: How long a whole answer may take.
            connections: How many requests may be under way at once.

        Raises:
            OutageError: The environment names a proxy that cannot be used.
        """
        self.limits: Mapping[str, int] | None = None
        """The limits that its first answer reported; None before."""
        self._masks = [Mask(secret) for secret in address.secrets]
        self._timeout_s = timeout_s
        self._completions = address.url("chat/completions")
        proxy = proxy_for(address.base_url)
        self._proxy = None if is_socks(proxy) else proxy
        self._http = aiohttp.ClientSession(
            connector=connector(
                proxy,
                limit=connections,
                keepalive_timeout=_KEPT_OPEN_S,
                # Certificates as the operating system trusts them, on each system its own way.
                ssl=httpx2.create_ssl_context(),
            ),
            headers={
                "User-Agent": f"evolve/{__version__}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                # Other compressions could not be opened a limited piece at a time.
                "Accept-Encoding": "gzip",
                **address.headers,
            },
            timeout=aiohttp.ClientTimeout(sock_connect=min(timeout_s, _CONNECTING_S)),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def chat(self, body: bytes) -> bytes:
        """Sends a chat completion and returns the answer, from which secrets are removed.

        Args:
            body: The request as JSON.

        Raises:
            Fault: There is no answer, or it is an error.
        """
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.post(
                    self._completions, data=body, allow_redirects=False, proxy=self._proxy
                ) as response,
            ):
                content = self._masked(assembled(await _read(response)))
        except aiohttp.ClientError as error:
            raise self._disconnected(error) from None
        except TimeoutError:
            raise Passing(f"no answer within {self._timeout_s:g} s", billed=True) from None
        except OSError as error:
            raise self._disconnected(error) from None
        except Exception as error:
            if not failed_at(error):
                raise
            raise Passing(f"its SOCKS proxy: {one_line(str(error))}", billed=False) from None
        if self.limits is None:
            self.limits = limits_in(response.headers)
        moved = response.headers.get("Location", "")
        if moved and response.status < HTTPStatus.BAD_REQUEST:
            raise Lasting(f"it redirects to {one_line(moved)}", "route")
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise fault_of(response.status, response.headers, content)
        return content

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    def _masked(self, content: bytes) -> bytes:
        for mask in self._masks:
            content = mask.content(content)
        return content

    def _disconnected(self, error: Exception) -> Fault:
        causes = list(_causes(error))
        reason = one_line(self._masked(str(causes[-1]).encode(errors="replace")).decode())
        reason = reason or type(causes[-1]).__name__
        if isinstance(error, aiohttp.InvalidURL):
            return Lasting(f"the URL cannot be used: {reason}", "route")
        if isinstance(error, _NEVER_SENT):
            return Passing(f"it cannot be reached: {reason}", billed=False)
        return Passing(f"the connection broke: {reason}", billed=True)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """A whole answer, of which no more is held than `_MOST_BYTES`, however it is packed.

    Raises:
        Passing: It is longer, or compressed in a way that was not requested.
    """
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise _too_long()
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    return _unpacked(b"".join(parts), packed)


def _unpacked(content: bytes, packed: str) -> bytes:
    if packed == "identity" or not content:
        return content
    if packed not in ("gzip", "x-gzip"):
        raise Passing(f"an answer packed as {one_line(packed):.40}", billed=True)
    try:
        content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, _MOST_BYTES + 1)
    except zlib.error as error:
        raise Passing(f"an answer that cannot be unpacked: {error}", billed=True) from None
    if len(content) > _MOST_BYTES:
        raise _too_long()
    return content


def _too_long() -> Passing:
    return Passing(f"an answer of more than {_MOST_BYTES // 2**20} MiB", billed=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it came from, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
