"""Edits of the tools that an agent may use."""

from collections.abc import Iterable
from typing import Literal

from search_spaces.config import Agent, ToolName
from search_spaces.edits.base import AgentEdit, Edit
from search_spaces.errors import EditError


class RemoveTool(AgentEdit):
    """Takes a tool from an agent."""

    edit: Literal["remove_tool"] = "remove_tool"
    agent: str
    tool: ToolName

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`."""
        return [cls(agent=new.name, tool=tool) for tool in old.tools if tool not in new.tools]

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        if self.tool not in agent.tools:
            raise EditError(f"{self.agent!r} has no tool {self.tool!r}")
        return {"tools": tuple(tool for tool in agent.tools if tool != self.tool)}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"− tool {self.tool}"


class AddTool(AgentEdit):
    """Gives an agent another tool."""

    edit: Literal["add_tool"] = "add_tool"
    agent: str
    tool: ToolName

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`."""
        return [cls(agent=new.name, tool=tool) for tool in new.tools if tool not in old.tools]

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        if self.tool in agent.tools:
            raise EditError(f"{self.agent!r} already has the tool {self.tool!r}")
        return {"tools": (*agent.tools, self.tool)}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"+ tool {self.tool}"
