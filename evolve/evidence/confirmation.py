"""Compares the winner with others on sealed tasks, which were not used to choose any of them.

The winner is compared with the best seed and with each tested control, as paired differences. Their
intervals hold together: see `difference_interval`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from archive.controls import ComparedControl, Control, ControlResult
from archive.records import Confirmation, CostUnit, Rollout
from evolve.evidence.intervals import difference_interval, mean_interval


class Summary(NamedTuple):
    """One candidate on a set of tasks: its mean score with its 95 % interval, and its cost."""

    tasks: int
    mean: float
    interval: tuple[float, float]
    cost: float | None


def summarise(rollouts: Sequence[Rollout], unit: CostUnit) -> Summary:
    """Summarises rollouts of one candidate, one per task; its cost is in that unit."""
    scores = [rollout.score.value for rollout in rollouts]
    costs = [rollout.trace.usage.cost(unit) for rollout in rollouts]
    known = [cost for cost in costs if cost is not None]
    return Summary(
        tasks=len(scores),
        mean=float(np.mean(scores)),
        interval=mean_interval(scores),
        cost=sum(known) / len(known) if len(known) == len(costs) else None,
    )


ByTask: TypeAlias = Mapping[int, Rollout]
"""Rollouts of one candidate by the number of their task."""


def compare(
    winner: ByTask,
    seed: ByTask,
    controls: Sequence[tuple[Control, ByTask | None]],
    looks: int,
    unit: CostUnit,
) -> Confirmation:
    """Compares the winner with the best seed and with controls, task by task.

    Args:
        winner: The winner's rollouts on the sealed tasks.
        seed: The best seed's rollouts; may be the winner's own.
        controls: Controls with their rollouts; None: those were not tested.
        looks: The number of looks at these tasks, this one included.
        unit: What costs are counted in.
    """
    comparisons = 1 + sum(rollouts is not None for _, rollouts in controls)
    mine, others = _on_common_tasks(winner, seed)
    ours, theirs = summarise(mine, unit), summarise(others, unit)
    differences = _differences(mine, others)
    return Confirmation(
        winner=mine[0].candidate,
        seed=others[0].candidate,
        tasks=ours.tasks,
        mean=ours.mean,
        interval=ours.interval,
        seed_mean=theirs.mean,
        seed_interval=theirs.interval,
        difference=float(np.mean(differences)),
        difference_interval=difference_interval(differences, comparisons),
        cost=ours.cost,
        seed_cost=theirs.cost,
        looks=looks,
        controls=tuple(
            ComparedControl(
                **dict(control),
                tested=None if rollouts is None else _tested(winner, rollouts, unit, comparisons),
            )
            for control, rollouts in controls
        ),
    )


def _tested(winner: ByTask, control: ByTask, unit: CostUnit, comparisons: int) -> ControlResult:
    mine, others = _on_common_tasks(winner, control)
    theirs, differences = summarise(others, unit), _differences(mine, others)
    return ControlResult(
        tasks=theirs.tasks,
        mean=theirs.mean,
        interval=theirs.interval,
        difference=float(np.mean(differences)),
        difference_interval=difference_interval(differences, comparisons),
        cost=theirs.cost,
    )


def _on_common_tasks(ours: ByTask, theirs: ByTask) -> tuple[list[Rollout], list[Rollout]]:
    tasks = [task for task in ours if task in theirs]
    return [ours[task] for task in tasks], [theirs[task] for task in tasks]


def _differences(ours: Sequence[Rollout], theirs: Sequence[Rollout]) -> list[float]:
    return [a.score.value - b.score.value for a, b in zip(ours, theirs, strict=True)]
