"""The (candidate, task) pairs that can still be bought."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evolve.allocators.base import Evaluate, InFlight
from evolve.standings import Standings


def open_pairs(standings: Standings, in_flight: InFlight, trials: int = 1) -> NDArray[np.bool_]:
    """Which pairs can still be bought, shape (candidates, tasks).

    Args:
        standings: The settled pairs.
        in_flight: The pairs without a result.
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
        standings: The settled pairs.
        in_flight: The pairs without a result.
        candidate: The candidate.
        tasks: Only the first so many tasks; None means all.
        trials: How often one pair may be bought.
    """
    free = np.flatnonzero(standings.counts[candidate, :tasks] < trials)
    pairs = in_flight.pairs
    return [task for task in free.tolist() if (candidate, task) not in pairs]


def next_blocks(
    standings: Standings,
    in_flight: InFlight,
    candidates: Sequence[int],
    least: int,
    block: int,
    trials: int,
    slots: int,
    why: str,
) -> list[Evaluate]:
    """The open pairs of each candidate's current block of tasks, the least evaluated first.

    Args:
        standings: The settled pairs.
        in_flight: The pairs without a result.
        candidates: The candidates that get more tasks.
        least: The size of the first block.
        block: The size of every further block.
        trials: How often one pair may be bought.
        slots: The largest number of pairs.
        why: The reason shown to users.
    """
    done = (standings.counts > 0).sum(axis=1)
    choices: list[Evaluate] = []
    for candidate in sorted(candidates, key=lambda number: int(done[number])):
        goal = max(least, (int(done[candidate]) // block + 1) * block)
        for task in open_cells(standings, in_flight, candidate, goal, trials):
            if len(choices) == slots:
                return choices
            choices.append(Evaluate(candidate, task, why))
    return choices
