"""The quality of a front of accuracy and cost: the area under it, a hypervolume."""

from collections.abc import Mapping, Sequence

import numpy as np

from evolve.lab.arena.matches import Match
from evolve.lab.arena.truth import Measured


def area(front: Sequence[Measured], limit: float) -> float:
    """The mean score of the best system that can be afforded, over limits drawn evenly up to one.

    The hypervolume (Zitzler and Thiele, "Multiobjective evolutionary algorithms", 1999) of costs
    and scores below a cost limit and above a score of 0, as a share of the limit. Where nothing can
    be afforded the score is 0; systems without a known cost count for nothing.

    Args:
        front: Systems with their true scores and costs.
        limit: The cost of a task, above 0, in the unit of the front.
    """
    priced = [(each.cost, each.score) for each in front if each.cost is not None]
    within = np.array(sorted(pair for pair in priced if pair[0] < limit)).reshape(-1, 2)
    best = np.maximum.accumulate(within[:, 1])
    widths = np.diff(within[:, 0], append=limit)
    return float(best @ widths / limit)


def areas(matches: Sequence[Match]) -> dict[str, dict[str, float]]:
    """Every contestant's mean area on every landscape, by its cost limit or the most costly system.

    Args:
        matches: All played matches; those without a measured front do not count.
    """
    found: dict[str, dict[str, list[float]]] = {}
    limits = _limits(matches)
    for match in matches:
        if match.front and match.landscape in limits:
            mine = found.setdefault(match.contestant, {}).setdefault(match.landscape, [])
            mine.append(area(match.front, limits[match.landscape]))
    return {
        contestant: {landscape: float(np.mean(those)) for landscape, those in mine.items()}
        for contestant, mine in found.items()
    }


def _limits(matches: Sequence[Match]) -> Mapping[str, float]:
    limits: dict[str, float] = {}
    for match in matches:
        highest = max((each.cost or 0.0 for each in match.front), default=0.0)
        limit = max(highest, limits.get(match.landscape, 0.0))
        limits[match.landscape] = match.cost_at_most or limit
    return {landscape: limit for landscape, limit in limits.items() if limit}
