"""One base URL with its key: a request's body goes out, an answer's body comes back.

The only place that uses the openai client. It says what a request's headers are; requests go
through aiohttp, the transport below it, directly: building each request anew and parsing each
response takes the client two thirds of the processor time of a call.
"""

import asyncio
import zlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
import openai

from evolve.models.openai.faults import Fault, Lasting, Passing, fault_of, limits_in, one_line
from evolve.secrets import Mask

_NO_KEY = "none"
"""What is sent to endpoints that need no key."""

_MOST_BYTES = 32 * 1024 * 1024
"""Of one answer: far more than any model writes, and less than would hurt."""

_CONNECTING_S = 10.0
"""How long connecting may take."""

_KEPT_OPEN_S = 4.0
"""How long an idle connection is kept: many servers close theirs after five seconds, and a request
that meets a closing connection is lost."""

_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Endpoint:
    """An open connection pool to an endpoint, within a running event loop; close it."""

    def __init__(self, base_url: str, key: str, timeout_s: float, connections: int) -> None:
        """Prepares an endpoint; nothing is sent yet.

        Args:
            base_url: Where it is, up to and with the version.
            key: What it asks for; empty if it needs none.
            timeout_s: How long a whole answer may take.
            connections: How many requests may be under way at once.
        """
        self.limits: Mapping[str, int] | None = None
        """What its first answer said of limits; None before."""
        self._mask = Mask(key)
        self._timeout_s = timeout_s
        context = httpx2.create_ssl_context()
        self._client = client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=key or _NO_KEY,
            http_client=httpx2.AsyncClient(verify=context, trust_env=False),
        )
        self._completions = f"{str(client.base_url).rstrip('/')}/chat/completions"
        # Other packings could not be opened a limited piece at a time.
        told = {**client.default_headers, **client.auth_headers, "Accept-Encoding": "gzip"}
        self._proxy = _proxy_to(base_url)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=connections, keepalive_timeout=_KEPT_OPEN_S, ssl=context
            ),
            headers={name: value for name, value in told.items() if isinstance(value, str)},
            timeout=aiohttp.ClientTimeout(sock_connect=min(timeout_s, _CONNECTING_S)),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def chat(self, body: bytes) -> bytes:
        """Sends a chat completion and returns the answer, without the key if it holds it.

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
                content = self._mask.content(await _read(response))
        except aiohttp.ClientError as error:
            raise self._disconnected(error) from None
        except TimeoutError:
            raise Passing(f"no answer within {self._timeout_s:g} s", billed=True) from None
        except OSError as error:
            raise self._disconnected(error) from None
        if self.limits is None:
            self.limits = limits_in(response.headers)
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise fault_of(response.status, response.headers, content)
        return content

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._http.close()
        await self._client.close()

    def _disconnected(self, error: Exception) -> Fault:
        causes = list(_causes(error))
        reason = one_line(self._mask.text(str(causes[-1]))) or type(causes[-1]).__name__
        if isinstance(error, aiohttp.InvalidURL):
            return Lasting(f"the URL cannot be used: {reason}", "route")
        if isinstance(error, _NEVER_SENT):
            return Passing(f"it cannot be reached: {reason}", billed=False)
        return Passing(f"the connection broke: {reason}", billed=True)


def _proxy_to(url: str) -> str | None:
    """The proxy that the environment names for a URL."""
    parts, known = urlsplit(url), getproxies()
    if proxy_bypass(parts.hostname or ""):
        return None
    return known.get(parts.scheme) or known.get("all")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """A whole answer, of which no more is held than `_MOST_BYTES`, however it is packed.

    Raises:
        Passing: It is longer, or packed in a way that was not asked for.
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
