"""A real MCP server for tests: `python mcp_server.py stdio`, or `http PORT`."""

import os
import sys
import time

from mcp.server.mcpserver import MCPServer

server = MCPServer("tests")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """Always fails."""
    raise ValueError("as it should")


@server.tool()
def flood() -> str:
    """Says too much."""
    return "x" * 1_000_000


@server.tool()
def hang() -> str:
    """Says nothing for long."""
    time.sleep(30)
    return "late"


@server.tool()
def die() -> str:
    """Ends the server."""
    os._exit(1)


@server.tool()
def variable(name: str) -> str:
    """The value of a variable of the environment."""
    return os.environ.get(name, "nothing")


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
