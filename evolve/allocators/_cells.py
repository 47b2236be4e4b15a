"""What allocators share: which (candidate, task) pairs are still to be bought."""

import numpy as np
from numpy.typing import NDArray

from evolve.allocators.base import InFlight
from evolve.standings import Standings


def open_pairs(standings: Standings, in_flight: InFlight, trials: int = 1) -> NDArray[np.bool_]:
    """Which pairs can still be bought, shape (candidates, tasks).

    Args:
        standings: Where settled pairs are read.
        in_flight: Pairs already bought.
        trials: How often one pair may be bought.
    """
    free: NDArray[np.bool_] = standings.counts < trials
    if in_flight.pairs:
        candidates, tasks = zip(*in_flight.pairs, strict=True)
        free[list(candidates), list(tasks)] = False
    return free


def open_cells(
    standings: Standings,
    in_flight: InFlight,
    candidate: int,
    tasks: int | None = None,
    trials: int = 1,
) -> list[int]:
    """The tasks a candidate can still be evaluated on, in the shared order.

    Tasks are numbered in a random order, so the first k are a fair sample, and candidates that were
    evaluated on them can be compared task by task.

    Args:
        standings: Where settled pairs are read.
        in_flight: Pairs already bought.
        candidate: Whose tasks.
        tasks: How many tasks from the first; None means all.
        trials: How often one pair may be bought.
    """
    free = np.flatnonzero(standings.counts[candidate, :tasks] < trials)
    pairs = in_flight.pairs
    return [task for task in free.tolist() if (candidate, task) not in pairs]
