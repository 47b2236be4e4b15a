"""The winner beside the best seed, on sealed tasks that took no part in choosing either."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from archive.records import Confirmation, Rollout
from evolve.intervals import difference_interval, mean_interval


class Summary(NamedTuple):
    """One candidate on a set of tasks: its mean score with its 95 % interval, and its cost."""

    tasks: int
    mean: float
    interval: tuple[float, float]
    usd: float | None


def summarise(rollouts: Sequence[Rollout]) -> Summary:
    """Summarises rollouts of one candidate, one per task."""
    scores = [rollout.score.value for rollout in rollouts]
    costs = [rollout.trace.usage.usd for rollout in rollouts]
    known = [cost for cost in costs if cost is not None]
    return Summary(
        tasks=len(scores),
        mean=float(np.mean(scores)),
        interval=mean_interval(scores),
        usd=sum(known) / len(known) if len(known) == len(costs) else None,
    )


def compare(winner: Sequence[Rollout], seed: Sequence[Rollout], looks: int) -> Confirmation:
    """Compares two candidates task by task.

    Args:
        winner: The winner's rollouts on the sealed tasks.
        seed: The best seed's on the same tasks in the same order; may be the winner's own.
        looks: How often these tasks have been looked at, this time included.
    """
    ours, theirs = summarise(winner), summarise(seed)
    differences = [a.score.value - b.score.value for a, b in zip(winner, seed, strict=True)]
    return Confirmation(
        winner=winner[0].candidate,
        seed=seed[0].candidate,
        tasks=ours.tasks,
        mean=ours.mean,
        interval=ours.interval,
        seed_mean=theirs.mean,
        seed_interval=theirs.interval,
        difference=float(np.mean(differences)),
        difference_interval=difference_interval(differences),
        usd=ours.usd,
        seed_usd=theirs.usd,
        looks=looks,
    )
