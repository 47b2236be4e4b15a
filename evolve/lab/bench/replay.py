"""Replays: an allocator buys recorded outcomes, and its pick is scored on the way."""

from random import Random
from typing import NamedTuple

import numpy as np

from evolve.allocators.base import Allocator, Evaluate, InFlight
from evolve.lab.bench.matrix import Matrix
from evolve.standings import Floats, Standings

ONE_LOOK = 1 / 48
"""The share of what is already bought that is bought between two looks at the pick.

Enough for standings to renew their fit at every look."""


class Look(NamedTuple):
    """The incumbent ``pick`` after so many ``evaluations`` and so much ``spend``."""

    evaluations: int
    spend: float
    pick: int


class Replay(NamedTuple):
    """One repetition: its looks, and at which of them the allocator wanted to stop (−1: never)."""

    looks: list[Look]
    stopped_at: int
    standings: Standings


class Shuffled(NamedTuple):
    """A matrix in the order of one repetition; ``truth`` is the mean over all tasks and trials."""

    matrix: Matrix
    truth: Floats
    rest: Floats


def shuffle(matrix: Matrix, seed: int, tasks: int | None = None) -> Shuffled:
    """Puts systems and tasks in random order.

    Args:
        matrix: The recorded outcomes.
        seed: The seed of this repetition.
        tasks: How many tasks to select on; all if left out. The ``rest`` is not used.
    """
    generator = np.random.default_rng(seed)
    columns = generator.permutation(matrix.outcomes.shape[1])
    rows = generator.permutation(len(matrix.outcomes))
    used, rest = columns[:tasks], columns[len(columns) if tasks is None else tasks :]
    mixed = matrix._replace(
        outcomes=matrix.outcomes[np.ix_(rows, used)],
        costs=matrix.costs[np.ix_(rows, used)],
        names=tuple(matrix.names[row] for row in rows),
    )
    return Shuffled(mixed, matrix.truth[rows], matrix.outcomes[np.ix_(rows, rest)])


class Market:
    """Sells recorded outcomes and counts what was bought."""

    def __init__(self, matrix: Matrix, seed: int) -> None:
        """Starts with nothing sold.

        Args:
            matrix: The outcomes for sale.
            seed: The seed of the order in which the trials of one pair are sold.
        """
        self.matrix = matrix
        self.standings = Standings(matrix.outcomes.shape[1])
        self.evaluations = 0
        self.spend = 0.0
        generator = np.random.default_rng([seed, 1])
        self._trials = matrix.outcomes.shape[2]
        self._drawn = np.argsort(generator.random(matrix.outcomes.shape), axis=2)
        self._priced = bool((matrix.costs != matrix.costs.flat[0]).any())
        self.row: list[int] = []

    def admit(self, row: int, parents: tuple[int, ...] = ()) -> None:
        """A system of the matrix becomes a candidate."""
        self.row.append(row)
        self.standings.add(parents)

    def buy(self, choices: list[Evaluate]) -> None:
        """Returns the recorded outcomes of decisions and records them."""
        observed = []
        counts = self.standings.counts
        for candidate, task, _ in choices:
            row = self.row[candidate]
            trial = self._drawn[row, task, counts[candidate, task] % self._trials]
            cost = float(self.matrix.costs[row, task])
            score = float(self.matrix.outcomes[row, task, trial])
            observed.append((candidate, task, score, cost if self._priced else None))
            self.spend += cost
        self.standings.observe_all(observed)
        self.evaluations += len(observed)

    def look(self) -> Look:
        """What can be seen now; the pick is a row of the matrix."""
        return Look(self.evaluations, self.spend, self.row[self.standings.best])


def replay(
    allocator: Allocator, shuffled: Shuffled, seed: int, horizon: int, at_once: bool = False
) -> Replay:
    """Lets an allocator choose among all systems until the horizon; its stopping rule is ignored.

    Args:
        allocator: The allocator under test.
        shuffled: The outcomes for sale.
        seed: The seed of the allocator's decisions.
        horizon: Evaluations at most.
        at_once: Whether all that it names is bought before the next look, as in rounds.
    """
    market = Market(shuffled.matrix, seed)
    systems = len(shuffled.matrix.outcomes)
    for row in range(systems):
        market.admit(row)
    looks, stopped_at = [market.look()], -1
    nothing = InFlight(frozenset(), 0)
    while market.evaluations < horizon:
        slots = max(1, int(market.evaluations * ONE_LOOK)) if market.evaluations else systems
        slots = (
            horizon - market.evaluations if at_once else min(slots, horizon - market.evaluations)
        )
        random = Random(f"{seed}/{market.evaluations}")
        choices = allocator.next(market.standings, nothing, False, slots, random)
        if not choices:
            stopped_at = stopped_at if stopped_at >= 0 else len(looks) - 1
            if not getattr(allocator, "stops", False):
                break
            allocator = allocator.model_copy(update={"stops": False})
            continue
        market.buy([choice for choice in choices if isinstance(choice, Evaluate)])
        looks.append(market.look())
    return Replay(looks, stopped_at, market.standings)
