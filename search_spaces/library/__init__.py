"""The library of roles, prompt fragments, modules and systems, read from YAML files."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal

from search_spaces.config import Memory, SystemConfig, Text
from search_spaces.errors import unknown
from search_spaces.frozen import Frozen
from search_spaces.yaml_text import parse_system, read_mapping

RoleKind = Literal["answers", "prepares", "reviews", "decides", "directs"]
"""The kind of an agent's output: an answer, preparation for one, a review, the final choice, or
instructions to other agents."""

Slot = Literal["planning", "reasoning", "tool_use", "memory"]
"""The purpose of a module (Shang et al., "AgentSquare", 2024, section 3)."""


class Role(Frozen):
    """A role for agents: ``title`` completes "You are the …", ``prompt`` holds the instructions."""

    name: str
    kind: RoleKind
    title: Text
    prompt: Text


class Fragment(Frozen):
    """A line for prompts; fragments of a group serve the same purpose."""

    name: str
    group: str
    text: Text


@cache
def roles() -> Mapping[str, Role]:
    """Every role by name, in the order of the file."""
    return MappingProxyType(
        {
            name: Role.model_validate({"name": name, "kind": kind, **fields})
            for kind, group in _read("roles.yaml").items()
            for name, fields in group.items()
        }
    )


@cache
def fragments() -> Mapping[str, Fragment]:
    """Every prompt fragment by name, in the order of the file."""
    return MappingProxyType(
        {
            name: Fragment(name=name, group=group, text=text)
            for group, texts in _read("fragments.yaml").items()
            for name, text in texts.items()
        }
    )


class Module(Frozen):
    """A way to fill one slot of a system; modules of a slot are interchangeable.

    Attributes:
        role: The role of an agent that prepares the task; only planning modules have one.
        lines: Lines that are added to the prompts of the sources of the answer.
        samples: The samples of each of these agents.
        memory: The memory of these agents.
    """

    name: str
    slot: Slot
    description: str
    role: str | None = None
    lines: tuple[Text, ...] = ()
    samples: int | None = None
    memory: Memory | None = None


@cache
def modules() -> Mapping[str, Module]:
    """Every module by name, in the order of the file."""
    return MappingProxyType(
        {
            name: Module.model_validate({"name": name, "slot": slot, **fields})
            for slot, group in _read("modules.yaml").items()
            for name, fields in group.items()
        }
    )


@cache
def systems() -> Mapping[str, SystemConfig]:
    """Every library system by name, sorted."""
    files = sorted(_folder().joinpath("systems").iterdir(), key=lambda file: file.name)
    found = (
        parse_system(file.read_bytes(), f"library/systems/{file.name}")
        for file in files
        if file.name.endswith(".yaml")
    )
    return MappingProxyType({config.name: config for config in found})


def role(name: str) -> Role:
    """The role of that name.

    Raises:
        ConfigError: There is no such role; the message names the nearest.
    """
    if name not in roles():
        raise unknown("role", name, roles())
    return roles()[name]


def fragment(name: str) -> Fragment:
    """The prompt fragment of that name.

    Raises:
        ConfigError: There is no such fragment; the message names the nearest.
    """
    if name not in fragments():
        raise unknown("prompt fragment", name, fragments())
    return fragments()[name]


def system(name: str) -> SystemConfig:
    """The library system of that name.

    Raises:
        ConfigError: There is no such system; the message names the nearest.
    """
    if name not in systems():
        raise unknown("library system", name, systems())
    return systems()[name]


def _folder() -> Traversable:
    return resources.files(__name__)


def _read(file: str) -> dict[str, Any]:
    return read_mapping(_folder().joinpath(file).read_bytes(), f"library/{file}")
