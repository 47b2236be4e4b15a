"""The purchases that one belief wants, in order, until the next one takes its place."""

from collections.abc import Callable, Iterable, Set
from typing import TypeAlias

import numpy as np

from evolve.allocators._duels import Duels, Pair
from evolve.standings import Belief, Floats

Cell: TypeAlias = tuple[int, int]
"""A candidate and a task."""


class Plan:
    """Duels with the leader of all, and now and then with the leader of the seeds."""

    def __init__(
        self,
        belief: Belief,
        root: Callable[[], Floats],
        everyone: Duels,
        seeds: Duels | None,
        share: float,
        number: int,
    ) -> None:
        """Plans nothing yet.

        Args:
            belief: What is believed; also the seed of what is drawn.
            root: A matrix R with R Rᵀ = the belief's covariance.
            everyone: The duels with the leader.
            seeds: Those among the seeds, which share the basket; None: there are none to fight.
            share: How often these are named.
            number: Pairs that one duel buys.
        """
        self.wanted: dict[Cell, str] = {}
        """Why each of these pairs is to be bought, in order."""
        self._belief = belief
        self._root = root
        self._everyone = everyone
        self._seeds = seeds
        self._share = share
        self._number = number
        self._generator = np.random.default_rng(int(belief.fitted_at))

    def free(
        self, cells: Iterable[Cell], in_flight: Set[Cell], settled: Callable[[Cell], bool]
    ) -> list[Pair]:
        """Those of its pairs that are neither in flight nor settled; the latter are forgotten."""
        free: list[Pair] = []
        for cell in [cell for cell in cells if cell not in in_flight]:
            if settled(cell):
                del self.wanted[cell]
            else:
                free.append(Pair(*cell, self.wanted[cell]))
        return free

    def extend(self) -> list[Cell] | None:
        """Plans one more duel; None if no pair is left that could tell anything."""
        duels = self._everyone
        if self._seeds is not None and self._generator.random() < self._share:
            duels = self._seeds
        challenger, why = duels.challenger(self._generator, self._root)
        if challenger < 0 and duels is not self._everyone:
            duels = self._everyone
            challenger, why = duels.challenger(self._generator, self._root)
        if challenger < 0:
            return None
        bought = duels.buy(challenger, why, self._number)
        more = {(int(self._belief.active[row]), task): reason for row, task, reason in bought}
        self.wanted |= more
        return list(more)
