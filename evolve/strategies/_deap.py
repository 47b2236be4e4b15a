"""DEAP's selectors over candidates, with their use of the global `random` fenced in.

DEAP draws from the module `random`. `seeded` lends it a seed of ours and gives the module's state
back, so nothing outside notices and equal seeds select equally.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deap import base, tools

from archive.records import Candidate
from evolve.view import ArchiveView


class ScoreFitness(base.Fitness):  # type: ignore[misc]
    """The posterior mean, to be maximised."""

    weights = (1.0,)


class Individual:
    """A candidate as DEAP sees it."""

    def __init__(self, candidate: Candidate, *values: float) -> None:
        """Wraps a candidate.

        Args:
            candidate: Who.
            values: Its objectives; never NaN.
        """
        self.candidate = candidate
        self.fitness = ScoreFitness(values)


@contextmanager
def seeded(rng: random.Random) -> Iterator[None]:
    """Seeds the global `random` for a while and then restores its state."""
    state = random.getstate()
    random.seed(rng.getrandbits(64))
    try:
        yield
    finally:
        random.setstate(state)


def individuals(view: ArchiveView) -> list[Individual]:
    """Everyone evaluated so far, with the posterior mean as fitness."""
    return [Individual(c, float(view.mean[c.number])) for c in view.evaluated]


def fittest(population: Sequence[Individual], count: int) -> list[Individual]:
    """The best of a population (DEAP's `selBest`)."""
    chosen: list[Individual] = tools.selBest(population, count)
    return chosen


def tournament(
    population: Sequence[Individual], count: int, size: int, rng: random.Random
) -> list[Candidate]:
    """Winners of random tournaments (DEAP's `selTournament`)."""
    with seeded(rng):
        chosen = tools.selTournament(population, count, tournsize=size)
    return [individual.candidate for individual in chosen]
