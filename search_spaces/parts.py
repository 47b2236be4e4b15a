"""Which parts of a system differ between two configurations."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from search_spaces.config import Agent, Answer, SystemConfig
from search_spaces.draft import Draft

Part = Literal[
    "model", "examples", "wording", "votes", "labels", "tools", "memory", "sampling", "topology"
]
"""A part of a system: ``votes`` are samples of agents, ``labels`` choices by log-probability."""

_FIELDS: Mapping[Part, tuple[str, ...]] = MappingProxyType(
    {
        "model": ("model",),
        "examples": ("demonstrations", "nearest_examples"),
        "wording": ("role", "prompt"),
        "votes": ("samples",),
        "labels": ("label_choice",),
        "tools": ("tools",),
        "memory": ("memory",),
        "sampling": ("temperature", "top_p", "max_tokens", "effort"),
    }
)
"""The fields of an agent that make up a part."""

_NOT_OF_NEWCOMERS: tuple[Part, ...] = ("wording", "sampling")
"""Parts that each agent has of its own, so that an additional agent is no change of them."""


def changed_parts(before: SystemConfig, after: SystemConfig) -> tuple[Part, ...]:
    """The parts that differ between two configurations.

    Agents of the same name are compared, or the only ones of both. Agents that one configuration
    lacks are a change of topology, and of those parts that none of its agents has alike, as its
    models.
    """
    pairs = _pairs(before, after)
    found: list[Part] = []
    for part in _FIELDS:
        changed = any(_of(old, part) != _of(new, part) for old, new in pairs)
        if not changed and part not in _NOT_OF_NEWCOMERS:
            old, new = ({_of(agent, part) for agent in each.agents} for each in (before, after))
            changed = old != new
        if changed:
            found.append(part)
    return (*found, "topology") if _shape(before) != _shape(after) else tuple(found)


def _pairs(before: SystemConfig, after: SystemConfig) -> list[tuple[Agent, Agent]]:
    if len(before.agents) == len(after.agents) == 1:
        return [(before.agents[0], after.agents[0])]
    named = {agent.name: agent for agent in after.agents}
    return [(agent, named[agent.name]) for agent in before.agents if agent.name in named]


def _of(agent: Agent, part: Part) -> tuple[object, ...]:
    return tuple(getattr(agent, field) for field in _FIELDS[part])


def _shape(config: SystemConfig) -> str:
    """The content id of the same system of agents that do not differ."""
    draft = Draft.of(config)
    draft.agents = {name: Agent(name=name) for name in draft.agents}
    if len(draft.agents) == 1:  # a vote of its samples is no other topology than its only output
        draft.answer = Answer()
    return draft.build().id
