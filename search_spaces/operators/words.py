"""Operators on what agents are told: prompt fragments, roles and demonstrations."""

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
    """Takes a library fragment out of a prompt."""
    options = [
        (agent.name, without_fragment(agent.prompt, fragment))
        for agent in config.agents
        for fragment in found_fragments(agent.prompt)
    ]
    return _prompted(config, options, space, rng)


def replace_fragment(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Exchanges a fragment for one that does the same kind of thing."""
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
    """Gives an agent another role of the kind it has; its fragments stay."""
    agent = rng.choice(config.agents)
    role = found_role(agent)
    kinds = (role.kind,) if role else ("answers",) if agent.name in config.sources else ()
    others = [each for each in space.roles_that(*kinds) if each != role]
    if not others:
        return None
    cast = in_role(agent, rng.choice(others))
    return changed(config, agent.name, space, role=cast.role, prompt=cast.prompt)


def change_demonstrations(config: SystemConfig, space: SearchSpace, rng: Random) -> Edits | None:
    """Shows an agent one worked example more, fewer, or another one."""
    agent = rng.choice(config.agents)
    shown = list(agent.demonstrations)
    unused = [each for each in space.demonstrations if each not in shown]
    if shown and (not unused or rng.random() < 0.5):
        shown.remove(rng.choice(shown))
    if unused and len(shown) < space.max_demonstrations and rng.random() < 0.8:
        shown.append(rng.choice(unused))
    return changed(config, agent.name, space, demonstrations=tuple(shown))


def _prompted(
    config: SystemConfig, options: list[tuple[str, str]], space: SearchSpace, rng: Random
) -> Edits | None:
    if not options:
        return None
    name, prompt = rng.choice(options)
    return changed(config, name, space, prompt=prompt)
