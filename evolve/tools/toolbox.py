"""The tools of a run, by the names that its run file gives them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import Field

from evolve.clock import really
from evolve.tools.base import Function, Tool
from search_spaces.errors import unknown
from search_spaces.frozen import Frozen


class ToolLimits(Frozen):
    """How much an agent may use tools in one turn; it bounds what a turn may cost."""

    rounds: int = Field(
        default=4, ge=1, le=50, description="How often it may call before it has to answer."
    )
    calls: int = Field(default=8, ge=1, le=200, description="Calls in all of these together.")


class Sizes(NamedTuple):
    """What an agent's tools add to its prompts at most, in UTF-8 bytes."""

    definitions: int
    output: int
    """Of one result."""


class Toolbox:
    """The tools of a run; agents get the functions of those that they name."""

    def __init__(self, tools: Mapping[str, Tool], limits: ToolLimits | None = None) -> None:
        self._tools = dict(tools)
        self.limits = limits or ToolLimits()
        self._opened: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every tool's name."""
        return tuple(self._tools)

    def __getitem__(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            ConfigError: The run has none; the message names the known ones.
        """
        if name not in self._tools:
            raise unknown("tool", name, self._tools)
        return self._tools[name]

    def sizes(self, names: Iterable[str]) -> Sizes:
        """How much tools add to the prompts of an agent that has them."""
        tools = {name: self[name] for name in names}
        return Sizes(
            sum(tool.definition_bytes(name) for name, tool in tools.items()),
            max((tool.output_bytes for tool in tools.values()), default=0),
        )

    async def functions(self, names: Iterable[str]) -> dict[str, tuple[Function, ...]]:
        """The functions of tools for one evaluation, by the tools' names; opens them if need be.

        Raises:
            EvolveError: A tool cannot be got ready on this machine.
        """
        names = sorted(set(names))
        for name in names:
            await self._open(name)
        return {name: self[name].functions(name) for name in names}

    def require(self, names: Iterable[str] | None = None) -> None:
        """Raises an EvolveError that says what to do, where a tool could not work here."""
        for name in self._tools if names is None else names:
            self[name].require()

    async def close(self) -> None:
        """Closes all resources of the tools."""
        for name in sorted(self._opened):
            await really(self._tools[name].close())
        self._opened.clear()

    async def _open(self, name: str) -> None:
        if name in self._opened:
            return
        async with self._locks.setdefault(name, asyncio.Lock()):
            if name not in self._opened:
                await really(self[name].open())
                self._opened.add(name)
