"""Numeric features of a configuration, for surrogate models; keys depend on the limits alone."""

from collections import Counter
from typing import get_args

from search_spaces.config import AnswerMode, StopRule, SystemConfig
from search_spaces.graph import levels
from search_spaces.limits import Limits
from search_spaces.prompts import found_fragments, found_role
from search_spaces.routes import opening
from search_spaces.wiring import FLOW, arrows_of


def features(config: SystemConfig, limits: Limits) -> dict[str, float]:
    """The features of a configuration: counts, means and 0/1 flags, none of them scaled.

    Texts are counted in characters. An unset temperature counts as the middle of the range.
    """
    return (
        _shape(config)
        | _direction(config, limits)
        | _sampling(config, limits)
        | _words(config, limits)
        | {f"answer.{mode}": float(config.answer.mode == mode) for mode in get_args(AnswerMode)}
        | {f"stop.{rule}": float(config.stop.rule == rule) for rule in get_args(StopRule)}
    )


def _shape(config: SystemConfig) -> dict[str, float]:
    names = [agent.name for agent in config.agents]
    messages, feedback = config.arrows("message"), config.arrows("feedback")
    layers = levels(names, arrows_of(config.edge_keys, *FLOW))
    return {
        "agents": float(len(names)),
        "edges.message": float(len(messages)),
        "edges.feedback": float(len(feedback)),
        "edges.to_self": float(sum(source == target for source, target in feedback)),
        "depth": float(len(layers)),
        "width": float(max(len(layer) for layer in layers)),
        "sources": float(len(config.sources)),
        "rounds": float(config.rounds),
    }


def _direction(config: SystemConfig, limits: Limits) -> dict[str, float]:
    """The features of delegation, routes and memory, if the space has them."""
    found: dict[str, float] = {}
    if "delegate" in limits.edges:
        asks = bool(config.arrows("delegate"))
        found |= {
            "edges.delegate": float(len(config.arrows("delegate"))),
            "delegation.turns": float(config.delegation.turns * asks),
            "delegation.calls": float(config.delegation.calls * asks),
        }
    if "route" in limits.edges:
        routes = [edge for edge in config.edges if edge.kind == "route"]
        ruled = sum(opening(edge.when).kind in ("task", "output") for edge in routes)
        found |= {"edges.route": float(len(routes)), "routes.ruled": float(ruled)}
    memories = Counter(agent.memory for agent in config.agents)
    return found | {f"memory.{kind}": float(memories[kind]) for kind in limits.memories}


def _sampling(config: SystemConfig, limits: Limits) -> dict[str, float]:
    agents = config.agents
    middle = (limits.temperature.min + limits.temperature.max) / 2
    temperatures = [middle if agent.temperature is None else agent.temperature for agent in agents]
    samples = [agent.samples for agent in agents]
    models = Counter(agent.model for agent in agents)
    return {
        "samples.mean": sum(samples) / len(agents),
        "samples.max": float(max(samples)),
        "calls": float(config.rounds * sum(samples)),
        "temperature.mean": sum(temperatures) / len(agents),
        "temperature.spread": max(temperatures) - min(temperatures),
        "demonstrations": float(sum(len(agent.demonstrations) for agent in agents)),
        **{f"tool.{name}": float(sum(name in a.tools for a in agents)) for name in limits.tools},
        "model.default": float(models[None]),
        **{f"model.{name}": float(models[name]) for name in limits.models},
    }


def _words(config: SystemConfig, limits: Limits) -> dict[str, float]:
    agents = config.agents
    roles = Counter(role.name if (role := found_role(agent)) else "" for agent in agents)
    fragments = Counter(each.name for agent in agents for each in found_fragments(agent.prompt))
    return {
        "prompt.mean": sum(len(agent.prompt) for agent in agents) / len(agents),
        "prompt.different": float(len({agent.prompt for agent in agents})),
        **{f"role.{each.name}": float(roles[each.name]) for each in limits.role_options},
        "role.other": float(roles[""]),
        **{
            f"fragment.{each.name}": float(fragments[each.name]) for each in limits.fragment_options
        },
    }
