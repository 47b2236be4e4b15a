"""How good a front of accuracy and cost is: the area under it, a hypervolume."""

from collections.abc import Mapping, Sequence

import numpy as np

from evolve.arena.bouts import Bout
from evolve.arena.truth import Measured


def area(front: Sequence[Measured], limit: float) -> float:
    """The mean score of the best system that can be afforded, over limits drawn evenly up to one.

    The hypervolume (Zitzler and Thiele, "Multiobjective evolutionary algorithms", 1999) of costs
    and scores below a cost limit and above a score of 0, as a share of the limit. Where nothing can
    be afforded the score is 0; systems without a known cost count for nothing.

    Args:
        front: Systems by what they truly score and cost.
        limit: In USD for a task, above 0.
    """
    priced = [(each.usd, each.score) for each in front if each.usd is not None]
    within = np.array(sorted(pair for pair in priced if pair[0] < limit)).reshape(-1, 2)
    best = np.maximum.accumulate(within[:, 1])
    widths = np.diff(within[:, 0], append=limit)
    return float(best @ widths / limit)


def areas(bouts: Sequence[Bout]) -> dict[str, dict[str, float]]:
    """Every contestant's mean area on every landscape, by its cost limit or the dearest system.

    Args:
        bouts: All that were fought; those whose fronts were not looked at do not count.
    """
    found: dict[str, dict[str, list[float]]] = {}
    limits = _limits(bouts)
    for bout in bouts:
        if bout.front and bout.landscape in limits:
            mine = found.setdefault(bout.contestant, {}).setdefault(bout.landscape, [])
            mine.append(area(bout.front, limits[bout.landscape]))
    return {
        contestant: {landscape: float(np.mean(those)) for landscape, those in mine.items()}
        for contestant, mine in found.items()
    }


def _limits(bouts: Sequence[Bout]) -> Mapping[str, float]:
    limits: dict[str, float] = {}
    for bout in bouts:
        dearest = max((each.usd or 0.0 for each in bout.front), default=0.0)
        limit = max(dearest, limits.get(bout.landscape, 0.0))
        limits[bout.landscape] = bout.cost_at_most or limit
    return {landscape: limit for landscape, limit in limits.items() if limit}
