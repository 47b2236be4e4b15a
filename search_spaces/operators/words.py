"""Operators on prompt fragments and roles."""

from random import Random

from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.operators.landing import changed
from search_spaces.prompts import (
    found_fragments,
    found_role,
    in_role,
    with_fragment,
    without_fragment,
)
from search_spaces.space import SearchSpace


def add_fragment(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Adds a line to a prompt."""
    options = [
        (agent.name, prompt)
        for agent in config.agents
        for fragment in space.fragment_options
        if fragment not in found_fragments(agent.prompt)
        and len(prompt := with_fragment(agent.prompt, fragment)) <= space.prompt_characters
    ]
    return _prompted(config, options, space, rng)


def remove_fragment(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Removes a library fragment from a prompt."""
    options = [
        (agent.name, without_fragment(agent.prompt, fragment))
        for agent in config.agents
        for fragment in found_fragments(agent.prompt)
    ]
    return _prompted(config, options, space, rng)


def replace_fragment(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Replaces a fragment by another one of its group."""
    options = []
    for agent in config.agents:
        present = found_fragments(agent.prompt)
        for old in present:
            rest = without_fragment(agent.prompt, old)
            options += [
                (agent.name, with_fragment(rest, new))
                for new in space.fragment_options
                if new.group == old.group and new not in present
            ]
    return _prompted(config, options, space, rng)


def change_role(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Changes an agent's role to another one of its kind; its fragments stay."""
    agent = rng.choice(config.agents)
    role = found_role(agent)
    kinds = (role.kind,) if role else ("answers",) if agent.name in config.sources else ()
    others = [each for each in space.roles_that(*kinds) if each != role]
    if not others:
        return None
    cast = in_role(agent, rng.choice(others))
    return changed(config, agent.name, space, role=cast.role, prompt=cast.prompt)


def _prompted(
    config: SystemConfig, options: list[tuple[str, str]], space: SearchSpace, rng: Random
) -> Edits | None:
    if not options:
        return None
    name, prompt = rng.choice(options)
    return changed(config, name, space, prompt=prompt)
