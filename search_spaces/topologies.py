"""Topologies: each makes the edges between agents that are named in working order.

In all but ``independent`` and ``debate`` the last agent is the only one that sends no message.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise, product
from math import ceil, sqrt
from random import Random
from types import MappingProxyType

from search_spaces.wiring import EdgeKey

Topology = Callable[[Sequence[str], Random], set[EdgeKey]]

EDGE_PROBABILITY = 0.4
"""Of each forward pair in ``random``."""

REWIRING_PROBABILITY = 0.25
"""Of each edge in ``small_world``."""


def independent(agents: Sequence[str]) -> set[EdgeKey]:
    """No edges: for votes."""
    return set()


def chain(agents: Sequence[str]) -> set[EdgeKey]:
    """Each agent sends to the next one."""
    return _messages(pairwise(agents))


def star(agents: Sequence[str]) -> set[EdgeKey]:
    """All agents send to the last one."""
    return _messages((agent, agents[-1]) for agent in agents[:-1])


def tree(agents: Sequence[str]) -> set[EdgeKey]:
    """A binary tree with edges from its leaves towards its root, the last agent."""
    from_root = agents[::-1]
    return _messages(
        (from_root[child], from_root[(child - 1) // 2]) for child in range(1, len(from_root))
    )


def mesh(agents: Sequence[str]) -> set[EdgeKey]:
    """Each agent sends to all later ones."""
    return _messages(combinations(agents, 2))


def layered(agents: Sequence[str]) -> set[EdgeKey]:
    """Layers of about √n agents, each fully joined to the next; the last has one agent."""
    width = max(1, ceil(sqrt(len(agents) - 1)))
    body = agents[:-1]
    layers = [body[start : start + width] for start in range(0, len(body), width)]
    return _messages(
        pair for here, there in pairwise([*layers, agents[-1:]]) for pair in product(here, there)
    )


def debate(agents: Sequence[str]) -> set[EdgeKey]:
    """Every agent gets the last round's outputs of all, its own included."""
    return {(source, target, "feedback") for source, target in product(agents, repeat=2)}


def random(agents: Sequence[str], rng: Random) -> set[EdgeKey]:
    """A random acyclic graph in which every agent but the last sends to a later one."""
    edges = {pair for pair in combinations(agents, 2) if rng.random() < EDGE_PROBABILITY}
    return _messages(edges | _edges_for_silent(agents, edges, rng))


def small_world(agents: Sequence[str], rng: Random) -> set[EdgeKey]:
    """Each agent sends to the next two, with some edges rewired to any later agent.

    Watts & Strogatz, "Collective dynamics of small-world networks", 1998, made acyclic.
    """
    edges = set()
    for position, source in enumerate(agents):
        later = agents[position + 1 :]
        for target in later[:2]:
            rewired = rng.random() < REWIRING_PROBABILITY
            edges.add((source, rng.choice(later) if rewired else target))
    return _messages(edges)


def orchestrated(agents: Sequence[str]) -> set[EdgeKey]:
    """The last agent may delegate to all others."""
    return {(agents[-1], agent, "delegate") for agent in agents[:-1]}


def routed(agents: Sequence[str]) -> set[EdgeKey]:
    """The first agent routes to some of the others, which all send to the last."""
    if len(agents) < 3:
        return chain(agents)
    first, *experts, last = agents
    return _messages((expert, last) for expert in experts) | {
        (first, expert, "route") for expert in experts
    }


def _edges_for_silent(
    agents: Sequence[str], edges: set[tuple[str, str]], rng: Random
) -> set[tuple[str, str]]:
    heard = {source for source, _ in edges}
    return {
        (agent, rng.choice(agents[position + 1 :]))
        for position, agent in enumerate(agents[:-1])
        if agent not in heard
    }


def _messages(pairs: Iterable[Sequence[str]]) -> set[EdgeKey]:
    return {(source, target, "message") for source, target in pairs}


def _fixed(shape: Callable[[Sequence[str]], set[EdgeKey]]) -> Topology:
    return lambda agents, rng: shape(agents)


TOPOLOGIES: Mapping[str, Topology] = MappingProxyType(
    {
        shape.__name__: _fixed(shape)
        for shape in (independent, chain, star, tree, mesh, layered, debate)
    }
    | {"random": random, "small_world": small_world}
    | {"orchestrated": _fixed(orchestrated), "routed": _fixed(routed)}
)
"""Every topology by name; those that are not random ignore the generator."""
