"""The second way to replay: candidates come one by one, each resembling one already seen.

This is a search without a model: a proposal takes a candidate at random and reveals the hidden
system whose outcomes are most like its own, as its child. The regret is that of the pick against
the best of all systems, revealed or not.
"""

from random import Random

import numpy as np

from evolve.allocators.base import Allocator, Evaluate, InFlight
from evolve.lab.bench.matrix import Matrix
from evolve.lab.bench.replay import Market, Replay, Shuffled
from evolve.standings import Floats

SEEDS = 2
"""The number of systems at the start."""

PROPOSAL = 2.0
"""The cost of a proposal, in typical evaluations."""


def reveal(allocator: Allocator, shuffled: Shuffled, seed: int, horizon: int) -> Replay:
    """Lets an allocator buy evaluations and proposals until it stops or the horizon is reached.

    Args:
        allocator: The allocator under test.
        shuffled: The outcomes for sale.
        seed: The seed of the allocator's decisions and of the order of candidates.
        horizon: Evaluations at most.
    """
    market = Market(shuffled.matrix, seed)
    hidden = list(range(len(shuffled.matrix.outcomes)))
    apart = _distances(shuffled.matrix)
    price = PROPOSAL * float(np.median(shuffled.matrix.costs))
    for _ in range(min(SEEDS, len(hidden))):
        market.admit(hidden.pop(0))
    looks, decided = [market.look()], 0
    nothing = InFlight(frozenset(), 0)
    while market.evaluations < horizon:
        slots = min(max(1, market.evaluations // 100), horizon - market.evaluations)
        random = Random(f"{seed}/reveal/{decided}")
        decided += 1
        choices = allocator.next(market.standings, nothing, bool(hidden), slots, random)
        if not choices:
            break
        for _ in range(min(len(hidden), sum(not isinstance(c, Evaluate) for c in choices))):
            parent = random.randrange(len(market.row))
            child = min(hidden, key=lambda row: float(apart[market.row[parent], row]))
            hidden.remove(child)
            market.admit(child, (parent,))
            market.spend += price
        market.buy([choice for choice in choices if isinstance(choice, Evaluate)])
        looks.append(market.look())
    return Replay(looks, len(looks) - 1 if market.evaluations < horizon else -1, market.standings)


def _distances(matrix: Matrix) -> Floats:
    """The distance of two systems' scores over tasks, shape (systems, systems)."""
    means = matrix.outcomes.mean(axis=2)
    squares = (means**2).sum(axis=1)
    apart: Floats = squares[:, None] + squares[None, :] - 2.0 * means @ means.T
    return apart
