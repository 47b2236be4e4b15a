"""The planned purchases that follow from one belief, in order, until the next fit."""

from collections.abc import Callable, Iterable, Set
from typing import TypeAlias

import numpy as np

from evolve.allocators._duels import Duels, Pair
from evolve.standings import Belief

Cell: TypeAlias = tuple[int, int]
"""A candidate and a task."""


class Plan:
    """Duels with the leader of all candidates, and a share with the leader of the seeds."""

    def __init__(
        self,
        belief: Belief,
        overall: Duels,
        seeds: Duels | None,
        share: float,
        number: int,
    ) -> None:
        """Plans nothing yet.

        Args:
            belief: The joint posterior; its `fitted_at` is also the random seed.
            overall: The duels among all candidates.
            seeds: The duels among the seeds, with the same selected pairs; None: without any.
            share: The probability of a duel among the seeds.
            number: Pairs that one duel buys.
        """
        self.wanted: dict[Cell, str] = {}
        """The reason for each planned pair, in order."""
        self._belief = belief
        self._overall = overall
        self._seeds = seeds
        self._share = share
        self._number = number
        self._generator = np.random.default_rng(int(belief.fitted_at))

    def free(
        self, cells: Iterable[Cell], in_flight: Set[Cell], settled: Callable[[Cell], bool]
    ) -> list[Pair]:
        """The given pairs that are neither in flight nor settled; settled ones leave the plan."""
        free: list[Pair] = []
        for cell in [cell for cell in cells if cell not in in_flight]:
            if settled(cell):
                del self.wanted[cell]
            else:
                free.append(Pair(*cell, self.wanted[cell]))
        return free

    def extend(self) -> list[Cell] | None:
        """Plans one more duel and returns its pairs; None if no pair is left."""
        duels = self._overall
        if self._seeds is not None and self._generator.random() < self._share:
            duels = self._seeds
        challenger, why = duels.challenger(self._generator)
        if challenger < 0 and duels is not self._overall:
            duels = self._overall
            challenger, why = duels.challenger(self._generator)
        if challenger < 0:
            return None
        bought = duels.buy(challenger, why, self._number)
        more = {(int(self._belief.active[row]), task): reason for row, task, reason in bought}
        self.wanted |= more
        return list(more)
