"""What allocators share: which (candidate, task) pairs are still to be bought."""

import numpy as np

from evolve.allocators.base import InFlight
from evolve.standings import Standings


def open_cells(
    standings: Standings, in_flight: InFlight, candidate: int, tasks: int | None = None
) -> list[int]:
    """The tasks a candidate can still be evaluated on, in the shared order.

    Tasks are numbered in a random order, so the first k are a fair sample, and candidates that were
    evaluated on them can be compared task by task.

    Args:
        standings: Where settled pairs are read.
        in_flight: Pairs already bought.
        candidate: Whose tasks.
        tasks: How many tasks from the first; None means all.
    """
    unseen = np.flatnonzero(standings.counts[candidate, :tasks] == 0)
    return [int(task) for task in unseen if (candidate, int(task)) not in in_flight.pairs]
