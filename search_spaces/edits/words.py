"""Edits of an agent's role and prompt."""

from typing import ClassVar, Literal

from search_spaces.config import Agent, Text
from search_spaces.edits.base import SetAgentField
from search_spaces.text import quoted


class SetRole(SetAgentField):
    """Replaces an agent's role."""

    field: ClassVar[str] = "role"

    edit: Literal["set_role"] = "set_role"
    agent: str
    role: Text

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"role {quoted(agent.role)} → {quoted(self.role)}"


class SetPrompt(SetAgentField):
    """Replaces an agent's prompt."""

    field: ClassVar[str] = "prompt"

    edit: Literal["set_prompt"] = "set_prompt"
    agent: str
    prompt: Text

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`; only the lines that differ are shown."""
        old, new = _lines(agent.prompt), _lines(self.prompt)
        changed = [f"− {quoted(line)}" for line in old if line not in new]
        changed += [f"+ {quoted(line)}" for line in new if line not in old]
        return f"prompt {', '.join(changed) or 'in another order'}"


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]
