"""The recipes of docs/endpoints.md, each against an imitation of its endpoint; and proxies."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import yaml
from aiohttp import web
from pydantic import ValidationError

from evolve.errors import OutageError
from evolve.models.base import MODELS, Message, Reply, Request, ToolSignature
from evolve.models.openai import OpenAI
from tests.evolve.models.openai.asking import KEY, ask
from tests.evolve.models.openai.fake_endpoint import FakeEndpoint, says
from tests.evolve.models.openai.imitations import IMITATIONS, Imitation

DOCS = Path(__file__).parents[4] / "docs" / "endpoints.md"
ADD = ToolSignature("add", "Adds.", {"type": "object", "properties": {"x": {"type": "number"}}})
SCHEMA = {
    "title": "n",
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}
SYSTEM, USER = Message("system", "Be brief."), Message("user", "2 + 2?")
FILTERED = {"Azure OpenAI", "OpenRouter", "llama.cpp", "Gemini's compatible endpoint"}


def recipes() -> dict[str, dict[str, Any]]:
    """The model options of every recipe, by the name in its first line."""
    section = DOCS.read_text().partition("## Servers and gateways")[2].partition("\n## ")[0]
    blocks = re.findall(r"```yaml\n# ([^:\n]+).*?\n(.*?)```", section, re.DOTALL)
    return {name: yaml.safe_load(text)["models"]["m"]["openai"] for name, text in blocks}


RECIPES = recipes()


def meet(
    imitation: Imitation,
    options: dict[str, Any],
    do: Callable[[OpenAI], Awaitable[list[Reply]]],
) -> list[Reply]:
    """Starts an imitation and lets a recipe's model call it, at its own path."""

    async def main() -> list[Reply]:
        application = web.Application()
        application.router.add_post("/{path:.*}", imitation.serve)
        runner = web.AppRunner(application, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        parts = urlsplit(options.get("base_url", "https://api.openai.com/v1"))
        url = urlunsplit(("http", f"{host}:{port}", parts.path, parts.query, ""))
        model = MODELS.built(
            {"openai": {**options, "base_url": url, "retry_wait_s": 0.001}}, "the recipe"
        )
        assert isinstance(model, OpenAI)
        try:
            return await do(model)
        finally:
            await model.close()
            await runner.cleanup()

    return asyncio.run(main())


@pytest.fixture
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    for name, options in RECIPES.items():
        variable = options.get("api_key_env", "OPENAI_API_KEY" if name == "OpenAI" else "")
        for value in options.get("headers", {}).values():
            variable = value["env"] if isinstance(value, dict) else variable
        if variable:
            monkeypatch.setenv(variable, "secret-0123456789")


def test_every_imitation_has_a_recipe() -> None:
    assert RECIPES.keys() == IMITATIONS.keys()


@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize("name", IMITATIONS)
def test_a_recipe_works(name: str) -> None:
    async def everything(model: OpenAI) -> list[Reply]:
        text = await model.complete(Request((SYSTEM, USER), 64))
        value = await model.complete(Request((SYSTEM, USER), 64, schema=SCHEMA))
        call = await model.complete(Request((SYSTEM, USER), 64, tools=(ADD,)))
        turn = Message("assistant", call.text, call.tool_calls, reasoning=call.reasoning)
        observation = Message("tool", "4", call_id=call.tool_calls[0].id)
        result = await model.complete(Request((SYSTEM, USER, turn, observation), 64, tools=(ADD,)))
        return [text, value, call, result]

    text, value, call, result = meet(IMITATIONS[name], RECIPES[name], everything)
    assert text.text == "Answer: 4"
    assert value.text == '{"n": 4}'
    assert [(each.name, each.arguments) for each in call.tool_calls] == [("add", '{"x": 2}')]
    assert not result.refusal
    if name == "llama.cpp":
        assert text.cached_prompt_tokens == 3
    if name.startswith("Gemini"):
        assert text.prompt_tokens + text.completion_tokens == 118


@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize("name", sorted(FILTERED))
def test_a_filtered_question_is_a_refusal(name: str) -> None:
    async def both(model: OpenAI) -> list[Reply]:
        cake = Request((SYSTEM, Message("user", "Is the cake a lie?")), 64)
        return [await model.complete(cake), await model.complete(Request((SYSTEM, USER), 64))]

    refused, answered = meet(IMITATIONS[name], RECIPES[name], both)
    assert refused.refusal
    assert answered.text == "Answer: 4"


def test_the_url_may_name_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    seen: list[str] = []

    def answer(request: web.Request, payload: dict[str, Any]) -> web.Response:
        seen.append(request.path_qs)
        return web.json_response({"choices": [{"message": {"content": "4"}}]})

    async def once(model: OpenAI) -> list[Reply]:
        return [await model.complete(Request((USER,), 64))]

    options = {"model": "m", "base_url": "https://host/d?api-version=1", "query": {"a": "b c"}}
    meet(Imitation("/d/chat/completions", "", answer), options, once)
    assert seen == ["/d/chat/completions?api-version=1&a=b+c"]


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"api-key": "0123456789abcdef"}},
        {"headers": {"Authorization": "Basic abc"}},
        {"headers": {"Cookie": "session=1"}},
        {"query": {"key": "0123456789abcdef"}},
        {"query": {"subscription-key": "0123456789abcdef"}},
        {"base_url": "https://host/v1?code=0123456789abcdef"},
    ],
)
def test_a_secret_is_only_ever_named(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="secret"):
        OpenAI(model="m", **options)


def test_a_secret_of_a_header_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_KEY", "gateway-0123456789")
    endpoint = FakeEndpoint(then=says("It is gateway-0123456789."))
    headers = {"x-api-key": {"env": "GATEWAY_KEY"}, "x-team": "blue"}
    assert ask(endpoint, headers=headers).text == "It is [key]."
    assert endpoint.keys == [""]
    model = OpenAI(model="m", headers=headers)
    assert "gateway-0123456789" not in repr(model) + str(model.written()) + model.identity
    assert model.environment["GATEWAY_KEY"] == "gateway-0123456789"
    monkeypatch.delenv("GATEWAY_KEY")
    with pytest.raises(OutageError, match="GATEWAY_KEY, which 'x-api-key' takes, is neither in"):
        ask(endpoint, headers=headers)


def test_a_key_goes_beside_other_headers() -> None:
    endpoint = FakeEndpoint()
    ask(endpoint, headers={"x-team": "blue"})
    assert endpoint.keys == [f"Bearer {KEY}"]


@pytest.fixture
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def through_proxy(endpoint: FakeEndpoint, set_proxy: Callable[[str], None]) -> str:
    """A reply that reaches an address which only a proxy knows."""

    async def main() -> str:
        async with endpoint:
            set_proxy(urlsplit(endpoint.url).netloc)
            model = OpenAI(model="fake", base_url="http://elsewhere.invalid/v1", retries=0)
            try:
                return (await model.complete(Request((USER,), 64))).text
            finally:
                await model.close()

    return asyncio.run(main())


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("scheme", ["http://", ""])
@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_a_proxy_may_lack_its_scheme(
    name: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = FakeEndpoint()
    text = through_proxy(endpoint, lambda netloc: monkeypatch.setenv(name, f"{scheme}{netloc}"))
    assert text == "Answer: 4"


async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """A SOCKS 5 proxy (RFC 1928) that takes every name for this machine."""
    methods = (await reader.readexactly(2))[1]
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    kind = (await reader.readexactly(4))[3]
    length = (await reader.readexactly(1))[0] if kind == 3 else 4
    await reader.readexactly(length + 2)
    writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
    there, back = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while content := await source.read(65536):
        target.write(content)
    target.close()


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("scheme", ["socks5h", "socks5"])
def test_a_socks_proxy_is_used(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp_socks")

    async def main() -> str:
        async with FakeEndpoint() as endpoint:
            there = urlsplit(endpoint.url).port
            assert there is not None
            server = await asyncio.start_server(lambda r, w: socks(r, w, there), "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
            host = "elsewhere.invalid" if scheme == "socks5h" else "192.0.2.1"
            model = OpenAI(model="fake", base_url=f"http://{host}/v1", retries=0)
            reply = await model.complete(Request((USER,), 64))
            await model.close()
            server.close()
            return reply.text

    assert asyncio.run(main()) == "Answer: 4"


@pytest.mark.usefixtures("_no_proxies")
def test_the_missing_socks_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "aiohttp_socks", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(OutageError, match=r"pip install 'evolve-mas\[socks\]'"):
        ask(FakeEndpoint(), base_url="http://192.0.2.1/v1")


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("proxy", ["ftp://host:1", "http://", "http://host:port"])
def test_an_invalid_proxy_is_reported(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(OutageError, match="http_proxy names no usable proxy"):
        ask(FakeEndpoint(), base_url="http://192.0.2.1/v1")


@pytest.mark.usefixtures("_no_proxies")
def test_a_socks_proxy_that_is_down_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp_socks")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(OutageError, match=r"its SOCKS proxy: .*connect"):
        ask(FakeEndpoint(), base_url="http://192.0.2.1/v1")


@pytest.mark.usefixtures("_no_proxies")
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_this_machine_is_reached_through_no_proxy(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    assert ask(FakeEndpoint()).text == "Answer: 4"


@pytest.mark.parametrize("key", ["Bearer the-key", "'the-key'", '"Bearer the-key"', " the-key\n"])
def test_a_key_is_read_as_people_copy_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", key)
    assert OpenAI(model="m", base_url="http://x/v1", api_key_env="OWN_KEY")._key("") == "the-key"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://host/v1/chat/completions", "http://host/v1"),
        (" http://host/v1/ ", "http://host/v1/"),
        ("http://host/chat/completions?api-version=1", "http://host?api-version=1"),
    ],
)
def test_a_base_url_is_read_as_people_copy_it(given: str, url: str) -> None:
    assert OpenAI(model="m", base_url=given).base_url == url
