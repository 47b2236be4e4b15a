"""Tools of real MCP servers: processes over stdio and over HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evolve import clock
from evolve.clock import really
from evolve.errors import RunError
from evolve.tools.base import Function, ToolError, signature_bytes
from evolve.tools.mcp import Mcp

pytestmark = pytest.mark.full

SERVER = (sys.executable, str(Path(__file__).parent / "mcp_server.py"))


def meet(tool: Mcp, do: Callable[[dict[str, Function]], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        await really(tool.open())
        try:
            return await do({each.signature.name: each for each in tool.functions("s")})
        finally:
            await really(tool.close())

    return clock.run(main(), virtual=True)


async def ask(function: Function, **arguments: Any) -> str:
    async def call() -> str:
        return await function.call(arguments)

    return await really(call())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*SERVER, "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
        process.kill()


def test_a_server_over_stdio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLVE_GIVEN", "yes")
    monkeypatch.setenv("EVOLVE_API_KEY", "no")

    async def do(functions: dict[str, Function]) -> None:
        assert functions["s_add"].signature.description == "Adds two numbers."
        assert await ask(functions["s_add"], a=2, b=3) == "5"
        assert await ask(functions["s_variable"], name="EVOLVE_GIVEN") == "yes"
        assert await ask(functions["s_variable"], name="EVOLVE_API_KEY") == "nothing"
        assert len(await ask(functions["s_flood"])) == 1_000_000
        with pytest.raises(ToolError, match="validation error"):
            await ask(functions["s_add"], a="x")
        with pytest.raises(ToolError, match="fail"):
            await ask(functions["s_fail"])

    meet(Mcp(command=(*SERVER, "stdio"), variables=("EVOLVE_GIVEN",)), do)


def test_a_server_that_dies_is_reported_and_restarted() -> None:
    async def do(functions: dict[str, Function]) -> None:
        with pytest.raises(ToolError, match=r"closed|ended"):
            await ask(functions["s_die"])
        assert await ask(functions["s_add"], a=1, b=1) == "2"

    meet(Mcp(command=(*SERVER, "stdio")), do)


def test_a_server_over_http(url: str) -> None:
    async def do(functions: dict[str, Function]) -> None:
        assert set(functions) == {"s_add", "s_flood"}
        assert await ask(functions["s_add"], a=2, b=3) == "5"

    meet(Mcp(url=url, only=("add", "flood")), do)


def test_descriptions_are_held_to_their_size(url: str) -> None:
    tool = Mcp(url=url, definitions=500)

    async def do(functions: dict[str, Function]) -> None:
        assert 0 < len(functions) < 6
        assert sum(signature_bytes(f.signature) for f in functions.values()) <= 500

    meet(tool, do)


@pytest.mark.parametrize(
    "options",
    [
        {"command": ("false",)},
        {"command": ("no-such-program",)},
        {"command": (sys.executable, "-c", "print('no protocol')")},
        {"command": ("sleep", "60"), "start_s": 0.5},
        {"url": "http://127.0.0.1:9/mcp"},
    ],
)
def test_a_server_that_does_not_start_is_one_clear_line(options: dict[str, Any]) -> None:
    async def nothing(_: dict[str, Function]) -> None:
        raise AssertionError

    with pytest.raises(RunError, match="the MCP server") as caught:
        meet(Mcp(**options), nothing)
    assert "\n" not in str(caught.value)
