"""A change is data: typed edits, their application, and the edits between two configurations.

``apply(a, diff(a, b)) == b`` for any two configurations. Edits are applied in order to a draft, and
only the result must be a working system, so an edit may pass through a state that is none.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from search_spaces.config import (
    Agent,
    Answer,
    Delegation,
    Demonstration,
    ModelName,
    Stop,
    SystemConfig,
    Text,
    ToolName,
)
from search_spaces.draft import Draft
from search_spaces.errors import EditError, explain
from search_spaces.frozen import Frozen
from search_spaces.routes import Condition
from search_spaces.wiring import EdgeKind

Parameter = Literal["temperature", "top_p", "max_tokens", "effort", "samples", "weight", "memory"]


class AddAgent(Frozen):
    """A new agent joins; edges are edits of their own."""

    edit: Literal["add_agent"] = "add_agent"
    agent: Agent


class RemoveAgent(Frozen):
    """An agent leaves, and its edges with it."""

    edit: Literal["remove_agent"] = "remove_agent"
    agent: str


class SetRole(Frozen):
    """An agent is given another role."""

    edit: Literal["set_role"] = "set_role"
    agent: str
    role: Text


class SetPrompt(Frozen):
    """An agent is told something else."""

    edit: Literal["set_prompt"] = "set_prompt"
    agent: str
    prompt: Text


class SetModel(Frozen):
    """An agent runs on another model; None means the default of the run."""

    edit: Literal["set_model"] = "set_model"
    agent: str
    model: ModelName | None


class SetParameter(Frozen):
    """One sampling parameter of an agent changes; None means the default."""

    edit: Literal["set_parameter"] = "set_parameter"
    agent: str
    parameter: Parameter
    value: float | str | None


class SetDemonstrations(Frozen):
    """An agent is shown other worked examples."""

    edit: Literal["set_demonstrations"] = "set_demonstrations"
    agent: str
    demonstrations: tuple[Demonstration, ...]


class AddTool(Frozen):
    """An agent may use another tool."""

    edit: Literal["add_tool"] = "add_tool"
    agent: str
    tool: ToolName


class RemoveTool(Frozen):
    """An agent may no longer use a tool."""

    edit: Literal["remove_tool"] = "remove_tool"
    agent: str
    tool: ToolName


class AddEdge(Frozen):
    """An arrow is drawn."""

    edit: Literal["add_edge"] = "add_edge"
    source: str
    target: str
    kind: EdgeKind
    when: Condition = Field(default="", description="What opens it, if it is a route.")


class RemoveEdge(Frozen):
    """An arrow is taken away."""

    edit: Literal["remove_edge"] = "remove_edge"
    source: str
    target: str
    kind: EdgeKind


class SetRoute(Frozen):
    """A route is opened by something else."""

    edit: Literal["set_route"] = "set_route"
    source: str
    target: str
    when: Condition


class SetDelegation(Frozen):
    """Agents that delegate may ask more or less often."""

    edit: Literal["set_delegation"] = "set_delegation"
    delegation: Delegation


class SetRounds(Frozen):
    """The rounds and the rule that ends them early change together."""

    edit: Literal["set_rounds"] = "set_rounds"
    rounds: int
    stop: Stop


class SetAnswer(Frozen):
    """The final answer is made in another way or from other agents."""

    edit: Literal["set_answer"] = "set_answer"
    answer: Answer


class SetLabel(Frozen):
    """The labels for people change; the system stays what it is."""

    edit: Literal["set_label"] = "set_label"
    name: Text
    description: Text


Edit: TypeAlias = Annotated[
    AddAgent
    | RemoveAgent
    | SetRole
    | SetPrompt
    | SetModel
    | SetParameter
    | SetDemonstrations
    | AddTool
    | RemoveTool
    | AddEdge
    | RemoveEdge
    | SetRoute
    | SetDelegation
    | SetRounds
    | SetAnswer
    | SetLabel,
    Field(discriminator="edit"),
]
Edits: TypeAlias = tuple[Edit, ...]
EDITS: TypeAdapter[Edits] = TypeAdapter(Edits)
"""Reads and writes lists of edits."""

EDIT_KINDS = frozenset(EDITS.json_schema()["items"]["discriminator"]["mapping"])
"""What the kinds of edits are called."""


def apply(config: SystemConfig, edits: Sequence[Edit]) -> SystemConfig:
    """Returns the configuration after the edits.

    Raises:
        EditError: An edit names what is not there or adds what is, or the result is no working
            system; the message says which edit and why.
    """
    draft = Draft.of(config)
    for number, edit in enumerate(edits, 1):
        try:
            change(draft, edit)
        except EditError as misfit:
            raise EditError(f"edit {number} ({edit.edit}): {misfit}") from None
    try:
        return draft.build()
    except ValidationError as error:
        raise EditError(str(explain(error, "the configuration after the edits"))) from None


def change(draft: Draft, edit: Edit) -> None:
    """Makes one edit to a draft.

    Raises:
        EditError: It names what is not there, adds what is, or sets what cannot be; the draft is
            then as it was.
    """
    try:
        _STEPS[edit.edit](draft, edit)
    except ValidationError as error:
        raise EditError(str(explain(error, "its value"))) from None


def diff(before: SystemConfig, after: SystemConfig) -> Edits:
    """The edits that turn one configuration into the other; agents are matched by name."""
    old, new = ({agent.name: agent for agent in config.agents} for config in (before, after))
    edits: list[Edit] = [RemoveAgent(agent=name) for name in old if name not in new]
    for name, agent in new.items():
        edits += _agent_diff(old[name], agent) if name in old else [AddAgent(agent=agent)]
    had, has = ({edge.key: edge for edge in config.edges} for config in (before, after))
    edits += [
        RemoveEdge(source=edge.source, target=edge.target, kind=edge.kind)
        for key, edge in had.items()
        if key not in has and edge.source in new and edge.target in new
    ]
    edits += [
        AddEdge(source=edge.source, target=edge.target, kind=edge.kind, when=edge.when)
        for key, edge in has.items()
        if key not in had
    ]
    edits += [
        SetRoute(source=edge.source, target=edge.target, when=edge.when)
        for key, edge in has.items()
        if key in had and had[key].when != edge.when
    ]
    if before.delegation != after.delegation:
        edits.append(SetDelegation(delegation=after.delegation))
    if (before.rounds, before.stop) != (after.rounds, after.stop):
        edits.append(SetRounds(rounds=after.rounds, stop=after.stop))
    if before.answer != after.answer:
        edits.append(SetAnswer(answer=after.answer))
    if (before.name, before.description) != (after.name, after.description):
        edits.append(SetLabel(name=after.name, description=after.description))
    return tuple(edits)


def _agent_diff(old: Agent, new: Agent) -> list[Edit]:
    edits: list[Edit] = []
    name = new.name
    if old.role != new.role:
        edits.append(SetRole(agent=name, role=new.role))
    if old.prompt != new.prompt:
        edits.append(SetPrompt(agent=name, prompt=new.prompt))
    if old.model != new.model:
        edits.append(SetModel(agent=name, model=new.model))
    for parameter in _PARAMETERS:
        value = getattr(new, parameter)
        if getattr(old, parameter) != value:
            edits.append(SetParameter(agent=name, parameter=parameter, value=value))
    if old.demonstrations != new.demonstrations:
        edits.append(SetDemonstrations(agent=name, demonstrations=new.demonstrations))
    edits += [RemoveTool(agent=name, tool=tool) for tool in old.tools if tool not in new.tools]
    edits += [AddTool(agent=name, tool=tool) for tool in new.tools if tool not in old.tools]
    return edits


_PARAMETERS: tuple[Parameter, ...] = (
    "temperature",
    "top_p",
    "max_tokens",
    "effort",
    "samples",
    "weight",
    "memory",
)


def _add_agent(draft: Draft, edit: AddAgent) -> None:
    if edit.agent.name in draft.agents:
        raise EditError(f"there is already an agent {edit.agent.name!r}")
    draft.agents[edit.agent.name] = edit.agent


def _remove_agent(draft: Draft, edit: RemoveAgent) -> None:
    _known(draft, edit.agent)
    draft.remove(edit.agent)


def _set_field(field: str) -> Callable[[Draft, Any], None]:
    def step(draft: Draft, edit: SetRole | SetPrompt | SetModel | SetDemonstrations) -> None:
        _set(draft, edit.agent, field, getattr(edit, field))

    return step


def _set_parameter(draft: Draft, edit: SetParameter) -> None:
    default = Agent.model_fields[edit.parameter].default
    _set(draft, edit.agent, edit.parameter, default if edit.value is None else edit.value)


def _add_tool(draft: Draft, edit: AddTool) -> None:
    tools = _known(draft, edit.agent).tools
    if edit.tool in tools:
        raise EditError(f"{edit.agent!r} has the tool {edit.tool!r} already")
    _set(draft, edit.agent, "tools", (*tools, edit.tool))


def _remove_tool(draft: Draft, edit: RemoveTool) -> None:
    tools = _known(draft, edit.agent).tools
    if edit.tool not in tools:
        raise EditError(f"{edit.agent!r} has no tool {edit.tool!r}")
    _set(draft, edit.agent, "tools", tuple(tool for tool in tools if tool != edit.tool))


def _add_edge(draft: Draft, edit: AddEdge) -> None:
    for end in (edit.source, edit.target):
        _known(draft, end)
    key = (edit.source, edit.target, edit.kind)
    if key in draft.edges:
        raise EditError(f"there is already a {edit.kind} edge {edit.source} → {edit.target}")
    if edit.when and edit.kind != "route":
        raise EditError("only a route edge takes `when`")
    draft.edges.add(key)
    if edit.kind == "route":
        draft.conditions[key[:2]] = edit.when


def _set_route(draft: Draft, edit: SetRoute) -> None:
    if (edit.source, edit.target, "route") not in draft.edges:
        raise EditError(f"there is no route edge {edit.source} → {edit.target}")
    draft.conditions[edit.source, edit.target] = edit.when


def _set_delegation(draft: Draft, edit: SetDelegation) -> None:
    draft.delegation = edit.delegation


def _remove_edge(draft: Draft, edit: RemoveEdge) -> None:
    key = (edit.source, edit.target, edit.kind)
    if key not in draft.edges:
        raise EditError(f"there is no {edit.kind} edge {edit.source} → {edit.target}")
    draft.edges.remove(key)


def _set_rounds(draft: Draft, edit: SetRounds) -> None:
    draft.rounds, draft.stop = edit.rounds, edit.stop


def _set_answer(draft: Draft, edit: SetAnswer) -> None:
    draft.answer = edit.answer


def _set_label(draft: Draft, edit: SetLabel) -> None:
    draft.name, draft.description = edit.name, edit.description


def _known(draft: Draft, agent: str) -> Agent:
    if agent not in draft.agents:
        raise EditError(f"there is no agent {agent!r}, only {', '.join(sorted(draft.agents))}")
    return draft.agents[agent]


def _set(draft: Draft, agent: str, field: str, value: object) -> None:
    before = _known(draft, agent)
    draft.agents[agent] = Agent.model_validate({**dict(before), field: value})


_STEPS: Mapping[str, Callable[[Draft, Any], None]] = MappingProxyType(
    {
        "add_agent": _add_agent,
        "remove_agent": _remove_agent,
        "set_role": _set_field("role"),
        "set_prompt": _set_field("prompt"),
        "set_model": _set_field("model"),
        "set_parameter": _set_parameter,
        "set_demonstrations": _set_field("demonstrations"),
        "add_tool": _add_tool,
        "remove_tool": _remove_tool,
        "add_edge": _add_edge,
        "remove_edge": _remove_edge,
        "set_route": _set_route,
        "set_delegation": _set_delegation,
        "set_rounds": _set_rounds,
        "set_answer": _set_answer,
        "set_label": _set_label,
    }
)
