"""Operators without a model: each returns edits to another configuration of the space, or None.

A new one is a function of that signature that is listed here.
"""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from search_spaces.config import SystemConfig
from search_spaces.edits import Edits
from search_spaces.errors import unknown
from search_spaces.operators import (
    agents,
    blocks,
    crossover,
    delegating,
    edges,
    examples,
    modules,
    parameters,
    routing,
    specialists,
    tools,
    words,
)
from search_spaces.operators.grafting import merge, transplant
from search_spaces.operators.landing import Crossover, Mutation
from search_spaces.space import SearchSpace

MUTATIONS: Mapping[str, Mutation] = MappingProxyType(
    {
        operator.__name__: operator
        for operator in (
            words.add_fragment,
            words.remove_fragment,
            words.replace_fragment,
            words.change_role,
            examples.show_examples,
            examples.show_nearest_examples,
            examples.add_example,
            examples.drop_example,
            examples.swap_example,
            examples.reorder_examples,
            specialists.specialise,
            specialists.merge_specialists,
            parameters.change_model,
            parameters.change_temperature,
            parameters.change_max_tokens,
            parameters.change_effort,
            parameters.change_samples,
            parameters.change_weight,
            parameters.change_rounds,
            edges.add_edge,
            edges.add_feedback,
            edges.remove_edge,
            edges.remove_feedback,
            edges.rewire_edge,
            agents.add_agent,
            agents.remove_agent,
            agents.replace_agent,
            agents.clone_agent,
            blocks.insert_critic,
            blocks.insert_verifier,
            blocks.insert_planner,
            blocks.insert_voter,
            blocks.insert_debate,
            blocks.insert_judge,
            blocks.insert_summariser,
            blocks.change_answer,
            blocks.change_sources,
            tools.add_tool,
            tools.remove_tool,
            delegating.insert_orchestrator,
            delegating.add_subordinate,
            delegating.add_delegate,
            delegating.remove_delegate,
            delegating.message_to_delegate,
            delegating.delegate_to_message,
            delegating.change_delegation,
            routing.insert_router,
            routing.add_route,
            routing.remove_route,
            routing.message_to_route,
            routing.route_to_message,
            routing.change_condition,
            parameters.change_memory,
            modules.exchange_module,
        )
    }
)
"""Every mutation by name."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        group: tuple(
            name
            for name, operator in MUTATIONS.items()
            if operator.__module__.rpartition(".")[2] == group
        )
        for group in dict.fromkeys(
            operator.__module__.rpartition(".")[2] for operator in MUTATIONS.values()
        )
    }
)
"""The names of the mutations, by the module that defines them."""


def has_use_for(space: SearchSpace, mutation: str) -> bool:
    """Whether a space allows the subject of a mutation."""
    home = MUTATIONS[mutation].__module__.rpartition(".")[2]
    if home in ("delegating", "routing"):
        return ("delegate" if home == "delegating" else "route") in space.edges
    if mutation == "change_memory":
        return bool(space.memories)
    if home in ("examples", "specialists"):
        return bool(space.examples)
    if home == "tools":
        return bool(space.tools)
    return home != "modules" or bool(space.modules)


CROSSOVERS: Mapping[str, Crossover] = MappingProxyType(
    {
        operator.__name__: operator
        for operator in (crossover.recombine, crossover.borrow_agent, crossover.blend)
    }
)
"""Every crossover by name."""

NO_ODDS: Mapping[str, float] = MappingProxyType({})


def mutate(
    config: SystemConfig, space: SearchSpace, rng: Random, odds: Mapping[str, float] = NO_ODDS
) -> tuple[str, Edits] | None:
    """Tries mutations in random order until one applies.

    Args:
        config: The parent.
        space: What may be searched.
        rng: The random stream.
        odds: Relative odds of each mutation to be tried first; 1 for those not named, 0: never.

    Returns:
        The mutation's name and its edits; None if no mutation applies.

    Raises:
        ConfigError: ``odds`` names an unknown mutation.
    """
    for name in odds:
        if name not in MUTATIONS:
            raise unknown("mutation", name, MUTATIONS)
    left = {name: odds.get(name, 1.0) for name in MUTATIONS if has_use_for(space, name)}
    while any(left.values()):
        (name,) = rng.choices(list(left), list(left.values()))
        del left[name]
        if edits := MUTATIONS[name](config, space, rng):
            return name, edits
    return None


__all__ = [
    "CROSSOVERS",
    "GROUPS",
    "MUTATIONS",
    "Crossover",
    "Mutation",
    "merge",
    "mutate",
    "transplant",
]
