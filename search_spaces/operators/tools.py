"""Operators on which tools agents may use."""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.operators.landing import changed
from search_spaces.space import SearchSpace


def add_tool(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Gives an agent another tool."""
    options = [
        (agent, tool) for agent in config.agents for tool in space.tools if tool not in agent.tools
    ]
    if not options:
        return None
    agent, tool = rng.choice(options)
    return changed(config, agent.name, space, tools=tuple(sorted((*agent.tools, tool))))


def remove_tool(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Takes a tool from an agent."""
    options = [(agent, tool) for agent in config.agents for tool in agent.tools]
    if not options:
        return None
    agent, tool = rng.choice(options)
    kept = tuple(each for each in agent.tools if each != tool)
    return changed(config, agent.name, space, tools=kept)
