"""What the kinds of edges mean: who works before whom, who only works when asked, who is heard.

``message``   the target hears the source within the round, and waits for it
``feedback``  the target hears what the source said in the round before
``delegate``  the source may ask the target, as often as the bounds on delegation allow; a
              *subordinate*, the target of such an edge, works on request alone
``route``     the target works only where the source, a *router*, opens the way
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
    """The agents that work only when another one asks them."""
    return {target for _, target, kind in edges if kind == "delegate"}


def routers(edges: Iterable[EdgeKey]) -> set[str]:
    """The agents that decide who works."""
    return {source for source, _, kind in edges if kind == "route"}


def heard_along(edges: Iterable[EdgeKey]) -> list[Arrow]:
    """Who has a part in whose output: a subordinate in that of whoever asks it."""
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
        raise ConfigError(
            f"delegate edges form a cycle: {cycle}; nobody may be asked by whom it asks"
        ) from None
    return working_order(names, arrows_of(edges, *FLOW))


def problems(
    edges: Iterable[EdgeKey], conditions: Mapping[Arrow, str], outward: Mapping[str, str]
) -> Iterable[str]:
    """What is wrong with delegate and route edges, one line each.

    Args:
        edges: All edges.
        conditions: What opens each route.
        outward: What agents do that neither subordinates nor routers may do, by their names.
    """
    edges = list(edges)
    below = subordinates(edges)
    for source, target, kind in edges:
        touched = {source, target} & below if kind != "delegate" else set()
        for name in sorted(touched):
            yield f"agent {name!r} works only when asked, so no {kind} edge may touch it"
    for name in sorted(below & outward.keys()):
        yield f"agent {name!r} works only when asked, so it cannot be {outward[name]}"
    for name in sorted(routers(edges)):
        if name in outward:
            yield f"agent {name!r} decides who works, so it cannot be {outward[name]}"
        ways = [conditions.get((s, t), "") for s, t, kind in edges if kind == "route" and s == name]
        if not any(is_certain(way) for way in ways):
            yield (
                f"no route of {name!r} may be open: each has a rule; let one of them be 'else', "
                "or without `when`, so that the router chooses"
            )
