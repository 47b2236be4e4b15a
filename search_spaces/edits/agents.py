"""Edits that add and remove agents."""

from collections.abc import Iterable
from typing import Literal, Self

from search_spaces.config import Agent, SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits.base import Edit, Names, NamesAgent, SystemEdit, existing
from search_spaces.errors import EditError
from search_spaces.text import shown


class RemoveAgent(NamesAgent, SystemEdit):
    """Removes an agent and its edges."""

    edit: Literal["remove_agent"] = "remove_agent"

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`."""
        kept = {agent.name for agent in after.agents}
        return [cls(agent=agent.name) for agent in before.agents if agent.name not in kept]

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        existing(draft, self.agent)
        draft.remove(self.agent)

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        return f"− {self.agent}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        name = names.known(self.agent)
        return self.model_copy(update={"agent": name}) if name else None


class AddAgent(SystemEdit):
    """Adds an agent without edges."""

    edit: Literal["add_agent"] = "add_agent"
    agent: Agent

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`."""
        known = {agent.name for agent in before.agents}
        return [cls(agent=agent) for agent in after.agents if agent.name not in known]

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        if self.agent.name in draft.agents:
            raise EditError(f"there is already an agent {self.agent.name!r}")
        draft.agents[self.agent.name] = self.agent

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`."""
        name, role = self.agent.name, self.agent.role
        return f"+ {name} ({shown(role)})" if role not in ("", name) else f"+ {name}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        return self

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "agent", self.agent.model_dump_json()
