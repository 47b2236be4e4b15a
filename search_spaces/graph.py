"""Graph functions for configurations: order, levels, sinks, reachability."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from search_spaces.errors import ConfigError

Arrow = tuple[str, str]


def working_order(nodes: Collection[str], arrows: Iterable[Arrow]) -> list[str]:
    """Orders nodes so that every arrow points forward, ties by name.

    Raises:
        ConfigError: The arrows form a cycle; the message names it.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(nodes, ()))
    for source, target in arrows:
        sorter.add(target, source)
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        raise ConfigError(
            f"message edges form a cycle: {cycle}; make one of them a feedback edge"
        ) from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def levels(nodes: Collection[str], arrows: Collection[Arrow]) -> list[list[str]]:
    """Groups nodes by the longest path that leads to them; arrows go from earlier to later groups.

    Raises:
        ConfigError: The arrows form a cycle.
    """
    inputs = inputs_of(arrows)
    depth: dict[str, int] = {}
    for node in working_order(nodes, arrows):
        depth[node] = 1 + max((depth[source] for source in inputs.get(node, ())), default=-1)
    deepest = max(depth.values(), default=-1)
    return [[node for node in nodes if depth[node] == level] for level in range(deepest + 1)]


def sinks(nodes: Iterable[str], arrows: Iterable[Arrow]) -> list[str]:
    """The nodes that no arrow leaves, in the order given."""
    sources = {source for source, _ in arrows}
    return [node for node in nodes if node not in sources]


def reaching(targets: Iterable[str], arrows: Iterable[Arrow]) -> set[str]:
    """The nodes from which some target can be reached, the targets included."""
    inputs: dict[str, list[str]] = {}
    for source, target in arrows:
        inputs.setdefault(target, []).append(source)
    seen: set[str] = set()
    frontier = list(targets)
    while frontier:
        node = frontier.pop()
        if node not in seen:
            seen.add(node)
            frontier += inputs.get(node, ())
    return seen


def inputs_of(arrows: Iterable[Arrow]) -> Mapping[str, tuple[str, ...]]:
    """The sources of the arrows to each node, in the order of the arrows."""
    found: dict[str, tuple[str, ...]] = {}
    for source, target in arrows:
        found[target] = (*found.get(target, ()), source)
    return found
