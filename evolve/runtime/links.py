"""Delegation and routing links of a configuration, derived once."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evolve.models.base import ToolSignature
from evolve.runtime.messages import ROUTE
from search_spaces.config import Agent, SystemConfig
from search_spaces.routes import Opening, opening

SHOWN_OF_A_PROMPT = 240
"""Characters of an agent's prompt that are shown to agents that may ask or choose it."""


class Colleague(NamedTuple):
    """A subordinate that an agent may ask, and its function signature."""

    node: int
    signature: ToolSignature


class Route(NamedTuple):
    """A route that a router may open."""

    target: int
    opening: Opening


def colleagues(
    config: SystemConfig, agents: Sequence[Agent], index: Mapping[str, int]
) -> list[tuple[Colleague, ...]]:
    """Whom each agent may ask, in canonical order."""
    asked: list[list[int]] = [[] for _ in agents]
    for source, target in config.arrows("delegate"):
        asked[index[source]].append(index[target])
    return [_signed(sorted(nodes), agents) for nodes in asked]


def routes(config: SystemConfig, index: Mapping[str, int], size: int) -> list[tuple[Route, ...]]:
    """The ways that each agent may open, in canonical order."""
    found: list[list[Route]] = [[] for _ in range(size)]
    for edge in config.edges:
        if edge.kind == "route":
            found[index[edge.source]].append(Route(index[edge.target], opening(edge.when)))
    return [tuple(sorted(ways, key=lambda way: way.target)) for ways in found]


def options(ways: Sequence[Route], agents: Sequence[Agent]) -> str:
    """The numbered options of a router that chooses; empty where there is nothing to choose."""
    choices = [way.target for way in ways if way.opening.kind == "choice"]
    lines = [f"{number}. {_about(agents[node])}" for number, node in enumerate(choices, 1)]
    return "\n".join([ROUTE, *lines]) if lines else ""


def _signed(nodes: Sequence[int], agents: Sequence[Agent]) -> tuple[Colleague, ...]:
    """The agents as functions, named by their roles and, where these are equal, by numbers."""
    taken: dict[str, int] = {}
    found = []
    for node in nodes:
        stem = f"ask_{_slug(agents[node].role) or 'colleague'}"
        taken[stem] = taken.get(stem, 0) + 1
        name = stem if taken[stem] == 1 else f"{stem}_{taken[stem]}"
        found.append(Colleague(node, ToolSignature(name, _about(agents[node]), _PARAMETERS)))
    return tuple(found)


_PARAMETERS: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "request": {
            "type": "string",
            "description": "What to do, with everything that is needed for it.",
        }
    },
    "required": ["request"],
    "additionalProperties": False,
}


def _slug(role: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", role.casefold()))[:40]


def _about(agent: Agent) -> str:
    shown = " ".join(agent.prompt.split())
    if len(shown) > SHOWN_OF_A_PROMPT:
        shown = f"{shown[:SHOWN_OF_A_PROMPT]}…"
    return f"The {agent.role or 'colleague'}. {shown}".strip()
