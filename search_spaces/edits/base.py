"""What every kind of edit can do: apply, describe, derive and carry over a change."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Protocol, Self

from pydantic import ValidationError

from search_spaces.config import Agent, SystemConfig
from search_spaces.draft import Draft
from search_spaces.errors import EditError, explain
from search_spaces.frozen import Frozen


class Names(Protocol):
    """The names that the agents of one configuration have in another one."""

    def known(self, name: str | None) -> str | None:
        """The name of an agent in the other configuration; None if it has no such agent."""

    def found(self, name: str) -> str | None:
        """The name of an agent, or of one that stands in for it; None if there is neither."""


class Edit(Frozen):
    """One change of a configuration.

    A concrete kind is a class whose ``edit`` has its name as default. `search_spaces.edits` finds
    it in its module, and nothing else needs to know it.
    """

    edit: str

    @abstractmethod
    def apply(self, draft: Draft) -> None:
        """Changes the draft.

        Raises:
            EditError: It names a missing part, adds an existing one or sets an invalid value. The
                draft is then unchanged.
        """

    @abstractmethod
    def describe(self, draft: Draft) -> str:
        """The edit in one line, with the value in the draft that it replaces."""

    @abstractmethod
    def carried_over(self, names: Names) -> Self | None:
        """The edit for another configuration; None if it has no place there."""

    @property
    def subject(self) -> tuple[str, ...]:
        """The part that it changes; two edits of the same part conflict."""
        return (self.edit,)

    @property
    def agents(self) -> tuple[str, ...]:
        """The existing agents that it names as changed or joined."""
        return ()


class SystemEdit(Edit):
    """A change of edges or of fields of the system."""

    @classmethod
    @abstractmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """The edits of this kind that lead from one configuration to the other."""


class SetSystemFields(SystemEdit):
    """Sets all fields of the system that the edit has, by their names."""

    @classmethod
    def between(cls, before: SystemConfig, after: SystemConfig) -> Iterable[Edit]:
        """See `SystemEdit.between`."""
        values = {name: getattr(after, name) for name in cls._fields()}
        if any(getattr(before, name) != value for name, value in values.items()):
            yield cls.model_validate(values)

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        for name in self._fields():
            setattr(draft, name, getattr(self, name))

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        return self

    @classmethod
    def _fields(cls) -> list[str]:
        return [name for name in cls.model_fields if name != "edit"]


class NamesAgent(Edit):
    """An edit of one existing agent."""

    agent: str

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return self.edit, self.agent

    @property
    def agents(self) -> tuple[str, ...]:
        """See `Edit.agents`."""
        return (self.agent,)


class AgentEdit(NamesAgent):
    """A change of one agent."""

    @classmethod
    @abstractmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """The edits of this kind that lead from one agent to the other of the same name."""

    @abstractmethod
    def changes(self, agent: Agent) -> dict[str, object]:
        """The new values of the agent's fields that change.

        Raises:
            EditError: It names a missing part or adds an existing one.
        """

    @abstractmethod
    def describe_change(self, agent: Agent) -> str:
        """The edit in words, without the agent's name."""

    def apply(self, draft: Draft) -> None:
        """See `Edit.apply`."""
        agent = existing(draft, self.agent)
        try:
            changed = Agent.model_validate({**dict(agent), **self.changes(agent)})
        except ValidationError as error:
            raise EditError(str(explain(error, "its value"))) from None
        draft.agents[self.agent] = changed

    def describe(self, draft: Draft) -> str:
        """See `Edit.describe`; an agent that is missing is described as one with defaults."""
        agent = draft.agents.get(self.agent, _DEFAULTS)
        return f"{self.agent}: {self.describe_change(agent)}"

    def carried_over(self, names: Names) -> Self | None:
        """See `Edit.carried_over`."""
        name = names.found(self.agent)
        return self.model_copy(update={"agent": name}) if name else None


class SetAgentField(AgentEdit):
    """Sets the field of an agent that the edit has under the same name."""

    field: ClassVar[str]

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`."""
        value = getattr(new, cls.field)
        if getattr(old, cls.field) != value:
            yield cls.model_validate({"agent": new.name, cls.field: value})

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        return {self.field: getattr(self, self.field)}


def existing(draft: Draft, name: str) -> Agent:
    """The agent of that name.

    Raises:
        EditError: There is none; the message names those that there are.
    """
    if name not in draft.agents:
        raise EditError(f"there is no agent {name!r}, only {', '.join(sorted(draft.agents))}")
    return draft.agents[name]


_DEFAULTS = Agent(name="agent")
