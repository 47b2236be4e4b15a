"""The office as a tool: its calendar, mail and tasks, which start anew in every evaluation."""

from collections.abc import Mapping
from typing import Any

from evolve.environments.office.actions import ACTIONS, ActionError, perform
from evolve.environments.office.world import World, beginning
from evolve.models.base import ToolSignature
from evolve.tools.base import Arguments, Function, Tool, ToolError


class Office(Tool):
    """A calendar, a mailbox and a board of tasks, made up; all agents of a system share one."""

    @property
    def description(self) -> str:
        """The description for models."""
        return "An office: its calendar, mail and tasks."

    @property
    def parameters(self) -> Mapping[str, Any]:
        """An action by its name."""
        return {"type": "object", "properties": {"action": {"enum": list(ACTIONS)}}}

    async def call(self, arguments: Arguments) -> str:
        """Does one thing in an office of this evaluation alone."""
        rest = {name: value for name, value in arguments.items() if name != "action"}
        return _performed(beginning(), str(arguments.get("action")), rest)

    def functions(self, name: str) -> tuple[Function, ...]:
        """Every action as a function, on one office for all of them."""
        world = beginning()
        return tuple(self._function(world, action) for action in ACTIONS)

    def _function(self, world: World, name: str) -> Function:
        async def call(arguments: Arguments) -> str:
            return _performed(world, name, arguments)

        signature = ToolSignature(name, ACTIONS[name].description, ACTIONS[name].schema)
        return Function(signature, call, self.output_bytes, self.timeout_s)


def _performed(world: World, name: str, arguments: Arguments) -> str:
    try:
        return perform(world, name, arguments)
    except ActionError as error:
        raise ToolError(str(error)) from None
