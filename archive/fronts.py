"""The best of what was found: one candidate, a Pareto front, or one for each niche.

All read standings, so all speak of what is believed. A candidate that was never evaluated stands at
its prior and is passed over; an unknown cost counts as higher than any known one.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from archive.records import Standing

N = TypeVar("N", bound=Hashable)


def best(
    standings: Iterable[Standing], cost_at_most: float | None = None, epsilon: float = 0.0
) -> Standing | None:
    """The highest posterior mean within a cost; of those within ε of it, the cheapest.

    Args:
        standings: Whom to choose from.
        cost_at_most: USD that an evaluation may cost on average; None: any, even unknown.
        epsilon: Differences in the mean that are a tie.

    Returns:
        The standing of the best, or None if nobody evaluated is within the cost.
    """
    within = [
        standing
        for standing in standings
        if standing.evaluations and (cost_at_most is None or _cost(standing) <= cost_at_most)
    ]
    top = max((standing.mean for standing in within), default=0.0)
    tied = [standing for standing in within if standing.mean >= top - epsilon]
    return min(tied, key=lambda s: (_cost(s), -s.mean, s.candidate), default=None)


def pareto(standings: Iterable[Standing]) -> list[Standing]:
    """Those that nobody beats in both mean and cost, the cheapest first.

    Where mean and cost are equal, the first candidate stands for all.
    """
    evaluated = [standing for standing in standings if standing.evaluations]
    front: list[Standing] = []
    for standing in sorted(evaluated, key=lambda s: (_cost(s), -s.mean, s.candidate)):
        if not front or standing.mean > front[-1].mean:
            front.append(standing)
    return front


def elites(
    standings: Iterable[Standing],
    niches: Mapping[int, N],
    cost_at_most: float | None = None,
    epsilon: float = 0.0,
) -> dict[N, Standing]:
    """The best of each niche.

    Args:
        standings: Whom to choose from.
        niches: The niche of each candidate, by number; others have none.
        cost_at_most: As for `best`.
        epsilon: As for `best`.
    """
    members: dict[N, list[Standing]] = {}
    for standing in standings:
        if standing.candidate in niches:
            members.setdefault(niches[standing.candidate], []).append(standing)
    winners = {niche: best(those, cost_at_most, epsilon) for niche, those in members.items()}
    return {niche: winner for niche, winner in winners.items() if winner is not None}


def _cost(standing: Standing) -> float:
    return math.inf if standing.usd is None else standing.usd
