"""The guard of all servers: which requests are answered, and with which headers.

A web page from elsewhere can make a browser send requests to this machine: directly, or under a
name of its own that resolves to a loopback address (DNS rebinding). Such requests are refused
whether or not a token is required. Programs that are no browsers send none of the headers that
identify a page, and are answered normally.

Sources: Fetch Metadata (W3C) and the Fetch standard's CORS protocol.
"""

import hmac
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from evolve.serving.http import Handler, Refused, refusal
from evolve.serving.problems import ApiError
from evolve.text import one_line
from search_spaces.errors import ConfigError

MAX_BODY_BYTES = 64 * 1024 * 1024

_METHODS = "GET, POST, OPTIONS"
_FOREIGN_SITES = ("cross-site", "same-site")
_JSON = ("application/json", "")
_FORM = "application/x-www-form-urlencoded"
"""What curl and urllib send where no content type is given."""


def is_loopback(host: str) -> bool:
    """Whether a host, as written in a URL without brackets, is this machine itself."""
    name = host.rstrip(".").lower()
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Guard:
    """What a server requires of requests.

    Attributes:
        host: The address that the server listens on. On a loopback address, requests have to name
            this machine in their Host header.
        token: The bearer token that clients have to send; empty: none.
        origins: Origins of web pages that may use the server, such as ``https://app.example``.
        public_paths: Paths that need no token.

    Raises:
        ConfigError: An origin is not of the form ``scheme://host[:port]``.
    """

    host: str = "127.0.0.1"
    token: str = ""
    origins: tuple[str, ...] = ()
    public_paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for origin in self.origins:
            if not _is_origin(origin):
                raise ConfigError(
                    f"{origin!r} is no origin; expected scheme://host[:port], such as "
                    "http://localhost:3000"
                )

    def application(self, *inner: Callable[..., Awaitable[web.StreamResponse]]) -> web.Application:
        """An application without routes that answers only what the guard lets through.

        Args:
            inner: Further middlewares, called for requests that were let through.
        """
        application = web.Application(
            client_max_size=MAX_BODY_BYTES, middlewares=[_errors_as_json, self._guarded, *inner]
        )
        application.on_response_prepare.append(self._add_headers)
        return application

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._require_own_host(request)
        self._require_allowed_page(request)
        if hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
            return web.Response(status=204)
        self._require_token(request)
        _require_json(request)
        return await handler(request)

    def _require_own_host(self, request: web.Request) -> None:
        host = request.headers.get(hdrs.HOST)
        if host is not None and is_loopback(self.host) and not is_loopback(_name_in(host)):
            message = f"This server answers requests to {self.host} or localhost, not to {host!r}."
            raise ApiError(403, message, code="foreign_host")

    def _require_allowed_page(self, request: web.Request) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None:
            foreign = request.headers.get("Sec-Fetch-Site") in _FOREIGN_SITES
            refused = foreign and not _is_navigation(request)
        else:
            refused = not self._allows(origin, request)
        if refused:
            page = "This page" if origin is None else f"The origin {origin!r}"
            message = f"{page} may not use this server; allow it with --allow-origin."
            raise ApiError(403, message, code="foreign_origin")

    def _allows(self, origin: str, request: web.Request) -> bool:
        own = f"{request.scheme}://{request.headers.get(hdrs.HOST, '')}"
        return origin == own or origin in self.origins

    def _require_token(self, request: web.Request) -> None:
        if not self.token or request.path in self.public_paths:
            return
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        matches = hmac.compare_digest(given.strip().encode(errors="replace"), self.token.encode())
        if scheme.lower() != "bearer" or not matches:
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Lets pages of allowed origins read the response, and no page put it into a frame."""
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        if not self.origins:
            return
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        origin = request.headers.get(hdrs.ORIGIN)
        if origin not in self.origins:
            return
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"
        if hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
            response.headers.update(_preflight(request.headers))


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into a response like OpenAI's; unexpected ones are logged in one line."""
    try:
        return await handler(request)
    except Refused as error:
        return refusal(error, request.path).response()
    except ConnectionError:  # the client has disconnected
        raise
    except Exception as error:  # noqa: BLE001 - a server continues
        reason = one_line(f"{type(error).__name__}: {error}", 200)
        sys.stderr.write(f"evolve: {request.method} {one_line(request.path)}: {reason}\n")
        return ApiError(500, "The server had an error.", "server_error").response()


def _require_json(request: web.Request) -> None:
    """Refuses bodies of the content types that a page can send without a preflight request."""
    if request.method != hdrs.METH_POST:
        return
    kind = request.content_type if hdrs.CONTENT_TYPE in request.headers else ""
    by_page = hdrs.ORIGIN in request.headers or "Sec-Fetch-Site" in request.headers
    if kind in _JSON or kind.endswith("+json") or (kind == _FORM and not by_page):
        return
    raise ApiError(415, f"The content type {kind!r} is not supported; send application/json.")


def _is_navigation(request: web.Request) -> bool:
    """Whether a person follows a link, so that no page can read the response."""
    document = request.headers.get("Sec-Fetch-Dest") == "document"
    navigated = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.method == hdrs.METH_GET and document and navigated


def _preflight(headers: Mapping[str, str]) -> dict[str, str]:
    answer: dict[str, str] = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, ""),
        hdrs.ACCESS_CONTROL_MAX_AGE: "600",
    }
    if headers.get("Access-Control-Request-Private-Network") == "true":
        answer["Access-Control-Allow-Private-Network"] = "true"
    return answer


def _name_in(host: str) -> str:
    """The name in a Host header, without its port; empty if there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}" != "://"
    except ValueError:
        return False
