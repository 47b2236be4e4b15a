"""The meaning of the kinds of edges, and the rules that they impose.

``message``   the target waits for the source's output within the round and gets it
``feedback``  the target gets the source's output of the round before
``delegate``  the source may send requests to the target, within the bounds on delegation; a
              *subordinate*, the target of such an edge, works on request alone
``route``     the target works only if the source, a *router*, opens the route
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from search_spaces.errors import ConfigError
from search_spaces.graph import Arrow, working_order
from search_spaces.routes import is_certain

EdgeKind = Literal["message", "feedback", "delegate", "route"]
EdgeKey = tuple[str, str, EdgeKind]

FLOW: tuple[EdgeKind, ...] = ("message", "route")
"""The kinds of edges whose target waits for their source within a round."""


def arrows_of(edges: Iterable[EdgeKey], *kinds: EdgeKind) -> list[Arrow]:
    """The (source, target) pairs of some kinds of edges, sorted and each once."""
    return sorted({(source, target) for source, target, kind in edges if kind in kinds})


def subordinates(edges: Iterable[EdgeKey]) -> set[str]:
    """The agents that work only on request of another one."""
    return {target for _, target, kind in edges if kind == "delegate"}


def routers(edges: Iterable[EdgeKey]) -> set[str]:
    """The agents with route edges."""
    return {source for source, _, kind in edges if kind == "route"}


def heard_along(edges: Iterable[EdgeKey]) -> list[Arrow]:
    """The pairs in which the first agent contributes to the output of the second."""
    return [(t, s) if kind == "delegate" else (s, t) for s, t, kind in edges]


def order_of(names: Iterable[str], edges: Iterable[EdgeKey]) -> list[str]:
    """The agents in working order: upstream first, then by name.

    Raises:
        ConfigError: Message and route edges, or delegate edges, form a cycle; it is named.
    """
    names, edges = list(names), list(edges)
    try:
        working_order(names, arrows_of(edges, "delegate"))
    except ConfigError as error:
        cycle = str(error).partition(": ")[2].partition(";")[0]
        raise ConfigError(f"delegate edges form a cycle: {cycle}; remove one of them") from None
    return working_order(names, arrows_of(edges, *FLOW))


def problems(
    edges: Iterable[EdgeKey], conditions: Mapping[Arrow, str], outward: Mapping[str, str]
) -> Iterable[str]:
    """The problems of delegate and route edges, one line each.

    Args:
        edges: All edges.
        conditions: What opens each route.
        outward: What subordinates and routers may not do, by the names of the agents that do it.
    """
    edges = list(edges)
    below = subordinates(edges)
    for source, target, kind in edges:
        touched = {source, target} & below if kind != "delegate" else set()
        for name in sorted(touched):
            yield f"agent {name!r} works only on request, so no {kind} edge may touch it"
    for name in sorted(below & outward.keys()):
        yield f"agent {name!r} works only on request, so it cannot be {outward[name]}"
    for name in sorted(routers(edges)):
        if name in outward:
            yield f"agent {name!r} is a router, so it cannot be {outward[name]}"
        ways = [conditions.get((s, t), "") for s, t, kind in edges if kind == "route" and s == name]
        if not any(is_certain(way) for way in ways):
            yield (
                f"all routes of {name!r} may stay closed: each has a rule; make one of them "
                "'else', or leave out its `when`, so that the router chooses"
            )
