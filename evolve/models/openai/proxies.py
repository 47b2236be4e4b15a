"""The proxy that the environment names for a URL, and a connector that goes through it."""

from ipaddress import ip_address
from ssl import SSLContext
from typing import TypedDict, Unpack
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from evolve.errors import OutageError

_SOCKS = {"socks4": "socks4", "socks4a": "socks4", "socks5": "socks5", "socks5h": "socks5"}
_AT_PROXY = {"socks4a", "socks5h"}
"""Schemes by which the proxy looks up host names."""


def proxy_for(url: str) -> str | None:
    """The URL of the proxy that the environment names; None for none.

    Raises:
        OutageError: It names one that cannot be used.
    """
    parts, known = urlsplit(url), getproxies()
    host = parts.hostname or ""
    if proxy_bypass(host) or _is_this_machine(host):
        return None
    name = parts.scheme if known.get(parts.scheme) else "all"
    proxy = known.get(name, "").strip()
    if not proxy:
        return None
    whole = proxy if "://" in proxy else f"http://{proxy}"
    try:
        sound = urlsplit(whole).hostname and urlsplit(whole).port != 0
    except ValueError:
        sound = False
    if not sound or urlsplit(whole).scheme not in ("http", "https", *_SOCKS):
        raise OutageError(
            f"the variable {name}_proxy names no usable proxy; expected one such as "
            "http://host:3128 or socks5://host:1080; correct it, or unset it"
        )
    return whole


def _is_this_machine(host: str) -> bool:
    """Whether a host can be reached from this machine alone, so through no proxy."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def failed_at(error: Exception) -> bool:
    """Whether the library for SOCKS raised an error, of which none derives from a common class."""
    return type(error).__module__.partition(".")[0] in ("aiohttp_socks", "python_socks")


def is_socks(proxy: str | None) -> bool:
    """Whether a proxy speaks SOCKS."""
    return proxy is not None and urlsplit(proxy).scheme in _SOCKS


class PoolOptions(TypedDict):
    """What aiohttp's connection pools take."""

    limit: int
    keepalive_timeout: float
    ssl: SSLContext


def connector(proxy: str | None, **options: Unpack[PoolOptions]) -> aiohttp.BaseConnector:
    """A connection pool, through a SOCKS proxy if there is one.

    HTTP proxies are named with every request instead.

    Args:
        proxy: The proxy's URL.
        options: Of the pool.

    Raises:
        OutageError: The library for SOCKS is not installed.
    """
    if proxy is None or not is_socks(proxy):
        return aiohttp.TCPConnector(**options)
    try:
        from aiohttp_socks import ProxyConnector
    except ImportError:
        raise OutageError(
            "the environment names a SOCKS proxy, which takes another library; "
            "pip install 'evolve-mas[socks]', or unset the variable"
        ) from None
    scheme = urlsplit(proxy).scheme
    url = urlsplit(proxy)._replace(scheme=_SOCKS[scheme]).geturl()
    pool: aiohttp.BaseConnector = ProxyConnector.from_url(
        url, rdns=True if scheme in _AT_PROXY else None, **options
    )
    return pool
