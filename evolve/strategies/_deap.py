"""DEAP's selectors over candidates, with their use of the global `random` fenced in.

DEAP draws from the module `random`. `seeded` lends it a seed of ours and gives the module's state
back, so nothing outside notices and equal seeds select equally.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deap import base, tools

from archive.records import Candidate
from evolve.standings.view import ArchiveView


class Fitness(base.Fitness):  # type: ignore[misc]
    """Objectives, all to be maximised."""

    def __init__(self, values: Sequence[float]) -> None:
        """Weighs every objective alike."""
        self.weights = (1.0,) * len(values)
        super().__init__(values)


class Individual:
    """A candidate as DEAP sees it."""

    def __init__(self, candidate: Candidate, *values: float) -> None:
        """Wraps a candidate.

        Args:
            candidate: The candidate.
            values: Its objectives, to be maximised; never NaN.
        """
        self.candidate = candidate
        self.fitness = Fitness(values)


@contextmanager
def seeded(rng: random.Random) -> Iterator[None]:
    """Seeds the global `random` for a while and then restores its state."""
    state = random.getstate()
    random.seed(rng.getrandbits(64))
    try:
        yield
    finally:
        random.setstate(state)


def by_mean(view: ArchiveView, pool: Sequence[Candidate]) -> list[Individual]:
    """Candidates with the posterior mean as fitness."""
    return [Individual(each, float(view.mean[each.number])) for each in pool]


def by_mean_and_cost(view: ArchiveView, pool: Sequence[Candidate]) -> list[Individual]:
    """Candidates with mean and cost as objectives; an unknown cost counts as the highest."""
    highest = max(
        (float(view.cost[c.number]) for c in pool if view.cost[c.number] >= 0), default=0.0
    )
    return [
        Individual(
            each,
            float(view.mean[each.number]),
            -float(view.cost[each.number]) if view.cost[each.number] >= 0 else -highest,
        )
        for each in pool
    ]


def tournament(
    population: Sequence[Individual], count: int, size: int, rng: random.Random
) -> list[Candidate]:
    """Winners of random tournaments (DEAP's `selTournament`)."""
    with seeded(rng):
        chosen = tools.selTournament(population, count, tournsize=size)
    return [individual.candidate for individual in chosen]


def lexicase(population: Sequence[Individual], count: int, rng: random.Random) -> list[Candidate]:
    """Parents by ε-lexicase selection (DEAP's `selAutomaticEpsilonLexicase`)."""
    with seeded(rng):
        chosen = tools.selAutomaticEpsilonLexicase(population, count)
    return [individual.candidate for individual in chosen]


def sorted_by_fronts(population: Sequence[Individual], count: int) -> list[Candidate]:
    """The best of a population, front by front and then by crowding (DEAP's `selNSGA2`)."""
    chosen = tools.selNSGA2(list(population), min(count, len(population)))
    return [individual.candidate for individual in chosen]
