"""Changes of a configuration as data: typed edits, and the edits between two configurations.

``apply(a, diff(a, b)) == b`` for any two configurations. Edits are applied in order to a draft and
only the result must be a working system, so edits may pass through states that are not.

A kind of edit is a class that can apply, describe and carry itself over and that finds its own
edits in a difference. The tables below list the classes of each module, so a new kind is written in
one file.
"""

from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar, Union

from pydantic import Field, TypeAdapter, ValidationError

from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.edits import (
    agents,
    demonstrations,
    edges,
    labels,
    parameters,
    system,
    tools,
    words,
)
from search_spaces.edits.agents import AddAgent, RemoveAgent
from search_spaces.edits.base import AgentEdit, SystemEdit
from search_spaces.edits.demonstrations import (
    AddDemonstration,
    RemoveDemonstration,
    ReorderDemonstrations,
    ReplaceDemonstration,
    SetDemonstrations,
)
from search_spaces.edits.edges import AddEdge, RemoveEdge, SetRoute
from search_spaces.edits.labels import SetLabelChoice
from search_spaces.edits.parameters import SetModel, SetParameter
from search_spaces.edits.system import SetAnswer, SetDelegation, SetLabel, SetRounds
from search_spaces.edits.tools import AddTool, RemoveTool
from search_spaces.edits.words import SetPrompt, SetRole
from search_spaces.errors import EditError, explain

__all__ = [
    "EDITS",
    "EDIT_KINDS",
    "AddAgent",
    "AddDemonstration",
    "AddEdge",
    "AddTool",
    "Edit",
    "Edits",
    "RemoveAgent",
    "RemoveDemonstration",
    "RemoveEdge",
    "RemoveTool",
    "ReorderDemonstrations",
    "ReplaceDemonstration",
    "SetAnswer",
    "SetDelegation",
    "SetDemonstrations",
    "SetLabel",
    "SetLabelChoice",
    "SetModel",
    "SetParameter",
    "SetPrompt",
    "SetRole",
    "SetRounds",
    "SetRoute",
    "apply",
    "describe",
    "diff",
]

Kind = TypeVar("Kind", bound=SystemEdit | AgentEdit)


def _kinds_in(base: type[Kind], *modules: ModuleType) -> tuple[type[Kind], ...]:
    """The concrete kinds of edit that the modules define, in their order."""
    return tuple(
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, base)
        and kind.__module__ == module.__name__
        and not kind.model_fields["edit"].is_required()
    )


_MEMBERSHIP = _kinds_in(SystemEdit, agents)
_OF_AGENTS = _kinds_in(AgentEdit, words, parameters, demonstrations, labels, tools)
_OF_SYSTEMS = _kinds_in(SystemEdit, edges, system)
_KINDS = (*_MEMBERSHIP, *_OF_AGENTS, *_OF_SYSTEMS)

if TYPE_CHECKING:
    from search_spaces.edits.base import Edit
else:
    Edit = Annotated[Union[_KINDS], Field(discriminator="edit")]  # noqa: UP007 - made at run time

Edits: TypeAlias = tuple[Edit, ...]
EDITS: TypeAdapter[Edits] = TypeAdapter(Edits)
"""Reads and writes lists of edits."""

EDIT_KINDS: frozenset[str] = frozenset(kind.model_fields["edit"].default for kind in _KINDS)
"""The names of the kinds of edits."""


def apply(config: SystemConfig, edits: Sequence[Edit]) -> SystemConfig:
    """Returns the configuration after the edits.

    Raises:
        EditError: An edit names a missing part or adds an existing one, or the result is not a
            working system. The message says which edit and why.
    """
    draft = Draft.of(config)
    for number, edit in enumerate(edits, 1):
        try:
            edit.apply(draft)
        except EditError as misfit:
            raise EditError(f"edit {number} ({edit.edit}): {misfit}") from None
    try:
        return draft.build()
    except ValidationError as error:
        raise EditError(str(explain(error, "the configuration after the edits"))) from None


def diff(before: SystemConfig, after: SystemConfig) -> Edits:
    """The edits that turn one configuration into the other; agents are matched by name."""
    old = {agent.name: agent for agent in before.agents}
    pairs = [(old[agent.name], agent) for agent in after.agents if agent.name in old]
    return (
        *(edit for kind in _MEMBERSHIP for edit in kind.between(before, after)),
        *(edit for pair in pairs for kind in _OF_AGENTS for edit in kind.between(*pair)),
        *(edit for kind in _OF_SYSTEMS for edit in kind.between(before, after)),
    )


def describe(edits: Sequence[Edit], before: SystemConfig) -> list[str]:
    """One line for each edit, such as ``solver: temperature 0.2 → 0.7``.

    Args:
        edits: Applied one after the other; those that do not fit are described all the same.
        before: The configuration that they are edits of.
    """
    draft = Draft.of(before)
    lines = []
    for edit in edits:
        lines.append(edit.describe(draft))
        with suppress(EditError):
            edit.apply(draft)
    return lines
