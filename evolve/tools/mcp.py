"""The tools of an MCP server: a program of one's own, or one behind a URL.

One connection serves all agents. A server that dies is reported to the agent whose call it was, and
started anew for the next one. What a server says of its tools is held to a size and a form, because
endpoints refuse a whole request for one odd schema.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from pydantic import Field, PrivateAttr, model_validator

from evolve.errors import RunError
from evolve.models.base import ToolSignature
from evolve.plugins import RunPath
from evolve.tools.base import Arguments, Function, Tool, ToolError, signature_bytes
from search_spaces.text import shown

if TYPE_CHECKING:
    from mcp import Client

_OPEN: Mapping[str, Any] = {"type": "object", "properties": {}}
_DESCRIPTION = 1_000
"""Characters of a description that are sent."""


class Mcp(Tool):
    """The tools of an MCP server, over stdio (`command`) or streamable HTTP (`url`)."""

    command: tuple[str, ...] = Field(default=(), description="A program and its arguments.")
    folder: RunPath = Field(default=Path(), description="Where the program is run.")
    variables: tuple[str, ...] = Field(
        default=(), description="Names of environment variables that the program is given."
    )
    url: str = Field(default="", pattern=r"^(https?://\S+)?$", description="An endpoint instead.")
    api_key_env: str = Field(
        default="", description="The name of the variable with the endpoint's key, if it has one."
    )
    only: tuple[str, ...] = Field(default=(), description="The server's tools to offer; none: all.")
    start_s: float = Field(default=30.0, gt=0, description="How long it may take to be ready.")
    definitions: int = Field(
        default=6000, ge=500, description="Bytes of all descriptions; what is beyond is left out."
    )

    _connection: "_Connection | None" = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either `command` or `url`")
        return self

    @property
    def description(self) -> str:
        """Where it is; its tools tell the rest."""
        return self.url or " ".join(self.command)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those of each of its tools."""
        return _OPEN

    @property
    def environment(self) -> Mapping[str, str]:
        """The key, or what the program is given."""
        names = (self.api_key_env,) if self.url else self.variables
        return {name: os.environ[name] for name in names if name in os.environ}

    def require(self) -> None:
        """Raises a RunError where the library is missing."""
        try:
            import mcp  # noqa: F401 - only whether it is there
        except ImportError:
            raise RunError("the tool `mcp` needs the SDK: pip install 'evolve-mas[mcp]'") from None

    def functions(self, name: str) -> tuple[Function, ...]:
        """The server's tools as it listed them, within the limits."""
        if self._connection is None:
            return ()
        found, room = [], self.definitions
        for tool in self._connection.tools:
            if self.only and tool.name not in self.only:
                continue
            signature = _signature(name, tool)
            room -= signature_bytes(signature)
            if room < 0:
                break
            call = partial(self._call, tool.name)
            found.append(Function(signature, call, self.output_bytes, self.timeout_s))
        return tuple(found)

    def definition_bytes(self, name: str) -> int:
        """What its descriptions are held to: they are known only when it runs."""
        return self.definitions

    async def call(self, arguments: Arguments) -> str:
        """Not called: its tools are."""
        raise ToolError("call one of its tools")

    async def open(self) -> None:
        """Starts the server, or connects to it.

        Raises:
            RunError: It does not come up.
        """
        if self._connection is None or self._connection.ended:
            self._connection = _Connection(self)
        await self._connection.open()

    async def close(self) -> None:
        """Ends the connection, and a server that was started."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _call(self, tool: str, arguments: Arguments) -> str:
        try:
            await self.open()
        except RunError as error:
            raise ToolError(str(error)) from None
        assert self._connection is not None
        return await self._connection.call(tool, arguments)


class _Connection:
    """A client within a task of its own, which alone may enter and leave it."""

    def __init__(self, server: Mcp) -> None:
        self.server = server
        self.tools: Sequence[Any] = ()
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._serve())

    @property
    def ended(self) -> bool:
        return self._task.done()

    async def open(self) -> None:
        try:
            async with asyncio.timeout(self.server.start_s):
                await asyncio.shield(self._ready)
        except (RunError, TimeoutError) as error:
            await self.close()
            why = "it is not ready in time" if isinstance(error, TimeoutError) else str(error)
            raise RunError(f"the MCP server {self.server.description!r}: {why}") from None

    async def call(self, tool: str, arguments: Arguments) -> str:
        client = await self._ready
        call = asyncio.create_task(client.call_tool(tool, dict(arguments)))
        await asyncio.wait({call, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            call.cancel()
            raise ToolError("the server ended")
        try:
            result = call.result()
        except Exception as error:  # noqa: BLE001 - the SDK's, the network's or the server's
            await self._check(client)
            raise ToolError(_told(error)) from None
        text = "\n".join(_text(block) for block in result.content)
        if result.is_error:
            raise ToolError(text or "the tool failed")
        return text

    async def close(self) -> None:
        self._stop.set()
        _, running = await asyncio.wait({self._task}, timeout=5)
        for task in running:
            task.cancel()
        await asyncio.wait({self._task}, timeout=5)

    async def _check(self, client: "Client") -> None:
        """Ends a connection that no longer works, so that the next call gets a new one."""
        try:
            async with asyncio.timeout(2):
                await client.list_tools()
        except Exception:  # noqa: BLE001 - whatever it is, it does not work
            await self.close()

    async def _serve(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                log = stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115
                client = await _client(self.server, log, stack)
                self.tools = (await client.list_tools()).tools
                self._ready.set_result(client)
                await self._stop.wait()
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(RunError(_told(error)))
                self._ready.exception()
            if isinstance(error, asyncio.CancelledError):
                raise


async def _client(server: Mcp, log: TextIO, stack: AsyncExitStack) -> "Client":
    """A client of a server; what it takes is let go of with the stack."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    if server.url:
        key = server.environment.get(server.api_key_env, "")
        headers = {"Authorization": f"Bearer {key}"} if key else None
        http = await stack.enter_async_context(create_mcp_http_client(headers=headers))
        transport = streamable_http_client(server.url, http_client=http)
        return await stack.enter_async_context(Client(transport))
    program, *arguments = server.command
    started = StdioServerParameters(
        command=program,
        args=arguments,
        env=dict(server.environment),
        cwd=server.folder,
        encoding_error_handler="replace",
    )
    return await stack.enter_async_context(Client(stdio_client(started, errlog=log)))


def _signature(name: str, tool: Any) -> ToolSignature:  # noqa: ANN401 - whatever a server sends
    function = re.sub(r"[^a-zA-Z0-9_-]", "_", f"{name}_{tool.name}")[:64]
    description = shown(str(tool.description or tool.name), _DESCRIPTION)
    return ToolSignature(function, description, _sound(tool.input_schema))


def _sound(schema: object) -> Mapping[str, Any]:
    """A schema that endpoints take: an object's, as JSON; anything else says nothing."""
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _OPEN
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return _OPEN
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping) or not all(
        isinstance(part, Mapping | bool) for part in properties.values()
    ):
        return _OPEN
    return {**schema, "properties": dict(properties)}


def _text(block: Any) -> str:  # noqa: ANN401 - whatever a server sends
    return str(getattr(block, "text", f"({getattr(block, 'type', 'something')} that is no text)"))


def _told(error: BaseException) -> str:
    """The innermost reason in one line."""
    for inner in _leaves(error):
        return shown(f"{type(inner).__name__}: {inner}", 300)
    return type(error).__name__


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
