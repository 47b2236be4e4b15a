"""Edits of an agent's model and sampling parameters."""

from collections.abc import Iterable
from typing import ClassVar, Literal, get_args

from pydantic import Field

from search_spaces.config import Agent, ModelName
from search_spaces.edits.base import AgentEdit, Edit, SetAgentField
from search_spaces.wording import value_in_words

Parameter = Literal[
    "temperature",
    "top_p",
    "max_tokens",
    "effort",
    "samples",
    "weight",
    "memory",
    "nearest_examples",
]
"""The fields of an agent that `SetParameter` sets, in the order of a difference."""

_UNSET = {"memory": "none", "nearest_examples": "all"}


class SetModel(SetAgentField):
    """Runs an agent on another model."""

    field: ClassVar[str] = "model"

    edit: Literal["set_model"] = "set_model"
    agent: str
    model: ModelName | None = Field(description="None: the default model of the run.")

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        return f"model {value_in_words(agent.model)} → {value_in_words(self.model)}"


class SetParameter(AgentEdit):
    """Sets one parameter of an agent."""

    edit: Literal["set_parameter"] = "set_parameter"
    agent: str
    parameter: Parameter
    value: float | str | None = Field(description="None: the default.")

    @classmethod
    def between(cls, old: Agent, new: Agent) -> Iterable[Edit]:
        """See `AgentEdit.between`."""
        for parameter in get_args(Parameter):
            value = getattr(new, parameter)
            if getattr(old, parameter) != value:
                yield cls(agent=new.name, parameter=parameter, value=value)

    def changes(self, agent: Agent) -> dict[str, object]:
        """See `AgentEdit.changes`."""
        default = Agent.model_fields[self.parameter].default
        return {self.parameter: default if self.value is None else self.value}

    def describe_change(self, agent: Agent) -> str:
        """See `AgentEdit.describe_change`."""
        unset = _UNSET.get(self.parameter, "default")
        old = value_in_words(getattr(agent, self.parameter), unset)
        return f"{self.parameter} {old} → {value_in_words(self.value, unset)}"

    @property
    def subject(self) -> tuple[str, ...]:
        """See `Edit.subject`."""
        return "parameter", self.agent, self.parameter
