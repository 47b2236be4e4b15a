"""The guard of servers: web pages, host names, content types and long bodies."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
from aiohttp import ClientSession, web

from evolve.models.base import MODELS
from evolve.report.page.live import HOST
from evolve.serving import http
from evolve.serving.guard import MAX_BODY_BYTES, Guard, is_loopback
from evolve.serving.listener import listening
from evolve.serving.server import Server
from evolve.serving.system import HEALTH
from search_spaces.errors import ConfigError
from tests.evolve.serving.in_process import QUESTION, served

BODY = {"model": "one", "messages": QUESTION}
SCRIPT = {"What": "Answer: 42"}
PAGE = "https://site.example"
CHAT = "/v1/chat/completions"


def asking(
    sent: Mapping[str, str], guard: Guard | None = None, method: str = "POST", path: str = CHAT
) -> tuple[int, Mapping[str, str]]:
    """The status and headers of one request to a served system."""

    async def main() -> tuple[int, Mapping[str, str]]:
        async with served(SCRIPT, guard) as url, ClientSession() as client:
            body = BODY if method == "POST" and "Content-Type" not in sent else None
            data = None if body or method != "POST" else b'{"model": "one"}'
            answer = await client.request(method, url + path, json=body, data=data, headers=sent)
            return answer.status, answer.headers

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"Origin": PAGE}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": PAGE, "Content-Type": "text/plain"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "site.example"}, 403),
        ({"Host": "127.0.0.1.site.example:80"}, 403),
        ({"Host": "["}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_requests_that_need_no_token(sent: dict[str, str], status: int) -> None:
    assert asking(sent)[0] == status


def test_a_token_is_wanted_everywhere_but_for_the_sign_of_life() -> None:
    guard = Guard(token="sesame", public_paths=(HEALTH,))
    assert asking({}, guard)[0] == 401
    assert asking({"Authorization": "Basic sesame"}, guard)[0] == 401
    assert asking({"Authorization": "bearer sesame"}, guard)[0] == 200
    assert asking({"Authorization": "Bearer sesame", "Origin": PAGE}, guard)[0] == 403
    assert asking({}, guard, "GET", HEALTH)[0] == 200
    assert asking({"Host": "site.example"}, guard, "GET", HEALTH)[0] == 403


def test_pages_of_allowed_origins_may_ask() -> None:
    guard = Guard(origins=(PAGE,), token="sesame")
    sent_headers = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    status, headers = asking(sent_headers, guard, "OPTIONS")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    status, headers = asking({"Origin": PAGE, "Authorization": "Bearer sesame"}, guard)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert headers["Vary"] == "Origin"
    status, headers = asking({"Origin": PAGE}, guard)
    assert (status, headers["Access-Control-Allow-Origin"]) == (401, PAGE)
    status, headers = asking({**sent_headers, "Origin": "https://other.example"}, guard, "OPTIONS")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


def test_a_link_may_be_followed_and_an_own_page_may_ask() -> None:
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    status, headers = asking(link, None, "GET", HEALTH)
    assert (status, headers["X-Frame-Options"]) == (200, "DENY")
    assert asking({**link, "Sec-Fetch-Dest": "iframe"}, None, "GET", HEALTH)[0] == 403
    assert asking(link)[0] == 403
    own = {"Host": "localhost:8000", "Origin": "http://localhost:8000"}
    assert asking(own)[0] == 200


@pytest.mark.parametrize("origin", ["*", "site.example", "https://site.example/", "https://"])
def test_an_origin_has_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ConfigError, match="expected scheme://host"):
        Guard(origins=(origin,))


def test_only_a_loopback_server_checks_the_host_name() -> None:
    assert asking({"Host": "box.lan"}, Guard(host="0.0.0.0", token=""))[0] == 200
    assert all(map(is_loopback, ("localhost", "LOCALHOST.", "127.0.0.9", "::1", HOST)))
    assert not any(map(is_loopback, ("", "0.0.0.0", "localhost.site.example", "192.168.0.1")))


def test_simulated_models_have_the_same_guard() -> None:
    models = {"one": MODELS.find("scripted").model_validate({"script": SCRIPT})}

    async def main() -> list[int]:
        async with listening(Server(models).application()) as url, ClientSession() as client:
            sent: list[dict[str, str]] = [{}, {"Origin": PAGE}, {"Host": "site.example"}]
            answers = [await client.post(url + CHAT, json=BODY, headers=each) for each in sent]
            return [answer.status for answer in answers]

    assert asyncio.run(main()) == [200, 403, 403]


def test_bodies_of_64_mib_are_read_and_longer_ones_refused() -> None:
    def body(size: int) -> bytes:
        start = b'{"model": "two", "x": "'
        return start + b"x" * (size - len(start) - 2) + b'"}'

    async def main() -> list[int]:
        async def chunked() -> AsyncIterator[bytes]:
            yield body(MAX_BODY_BYTES)
            yield b" "

        async with served(SCRIPT) as url, ClientSession() as client:
            kind = {"Content-Type": "application/json"}
            sent: list[object] = [
                io.BytesIO(body(MAX_BODY_BYTES)),
                io.BytesIO(body(MAX_BODY_BYTES + 1)),
                chunked(),
            ]
            answers = [await client.post(url + CHAT, data=each, headers=kind) for each in sent]
            return [answer.status for answer in answers]

    assert asyncio.run(main()) == [404, 413, 413]


async def _raw(url: str, sent: bytes) -> bytes:
    """What a server answers to bytes before it closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    await writer.drain()
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.full
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b""),
        (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n", b""),
        (
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Length: 9\r\n\r\n{",
            b"HTTP/1.1 408",
        ),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200"),
    ],
)
def test_silent_connections_are_closed(
    sent: bytes, status: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "IDLE_S", 0.2)

    async def main() -> bytes:
        async with served(SCRIPT, idle_s=0.2) as url, asyncio.timeout(20):
            return await _raw(url, sent)

    assert asyncio.run(main()).startswith(status)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}",
    ],
)
def test_malformed_http_is_answered_400_in_silence(
    sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async def main() -> bytes:
        async with served(SCRIPT) as url, asyncio.timeout(20):
            return await _raw(url, sent)

    assert asyncio.run(main()).split(b"\r\n")[0].split()[1] == b"400"
    assert capfd.readouterr().err == ""


def test_what_is_unforeseen_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise ValueError("no\nway")

    async def main() -> tuple[int, str]:
        application = Guard().application()
        application.router.add_get("/broken", broken)
        async with listening(application) as url, ClientSession() as client:
            answer = await client.get(f"{url}/broken")
            return answer.status, (await answer.json())["error"]["type"]

    assert asyncio.run(main()) == (500, "server_error")
    assert capfd.readouterr().err == "evolve: GET /broken: ValueError: no way\n"


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_its_work(stream: bool) -> None:
    async def main() -> None:
        async with served(SCRIPT, latency_s=60) as url, ClientSession() as client:

            async def open_questions() -> int:
                answer = await client.get(url + HEALTH)
                return int((await answer.json())["open"])

            sent_headers = asyncio.create_task(_ask(client, url, stream))
            await _until(open_questions, 1)
            sent_headers.cancel()
            await _until(open_questions, 0)

    asyncio.run(main())


async def _ask(client: ClientSession, url: str, stream: bool) -> bytes:
    async with client.post(url + CHAT, json={**BODY, "stream": stream}) as answer:
        return await answer.read()


async def _until(count: Callable[[], Awaitable[int]], wanted: int) -> None:
    async with asyncio.timeout(20):
        while await count() != wanted:
            await asyncio.sleep(0.02)
