"""The best candidates by their standings: one, a Pareto front, or one for each niche.

A candidate that was never evaluated has only its prior and is left out; an unknown cost counts as
higher than any known one.
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
        standings: Those of the candidates to choose from.
        cost_at_most: Mean cost of an evaluation in the run's unit; None: any, even an unknown one.
        epsilon: Differences in the mean up to this are a tie.

    Returns:
        The standing of the best, or None if no evaluated candidate is within the cost.
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
    """The standings that no other dominates in mean and cost, the cheapest first.

    Of candidates with equal mean and cost, the first is listed.
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
        standings: Those of the candidates to choose from.
        niches: The niche of each candidate, by number; candidates without one are left out.
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
    return math.inf if standing.cost is None else standing.cost
