"""What of a run is likely to disappoint, said before it is paid for."""

from collections.abc import Collection, Iterator
from math import sqrt

from evolve.settings import RunSettings
from evolve.tasks.files import LEAST, TaskSet

_CORRELATION = 0.5
"""How alike two systems' scores on a task are, in the middle of what was measured."""

_POINTS = 5.0
"""A difference that most people would like to see."""

_FIRST = 100
"""Evaluations after which much is known of models."""

_CANDIDATES = 12
"""So few candidates are hardly a search."""


def warnings_of(
    settings: RunSettings, tasks: TaskSet, candidates: int, strangers: Collection[str]
) -> Iterator[str]:
    """Says what is likely to disappoint, a line each.

    Args:
        settings: The run.
        tasks: Its tasks.
        candidates: How many it is expected to make.
        strangers: Models of which no earlier run tells anything.
    """
    confirmed = min(settings.confirm.tasks or tasks.sealed, tasks.sealed)
    for what, count in (("validation", len(tasks.validation)), ("test", confirmed)):
        points = visible_points(count)
        if points > _POINTS:
            yield (
                f"the {what} split of {count} tasks is too small to see differences below about "
                f"{points:.0f} points; {_tasks_for(_POINTS)} tasks would show {_POINTS:.0f}"
            )
    unpriced = [name for name, model in settings.models.items() if model.price is None]
    if unpriced:
        yield (
            f"no price is known for {', '.join(unpriced)}, so neither is the cost; give "
            "`price: {prompt: …, completion: …}` in USD per million tokens"
        )
    if strangers:
        yield (
            f"how much {', '.join(strangers)} will write is not known; a paid run of {_FIRST} "
            "evaluations in the same archive tells: `evolve run … --set seeds.each_model=true "
            f"--set 'budget={{evaluations: {_FIRST}}}' --set confirm.tasks={LEAST}`"
        )
    if candidates < _CANDIDATES:
        yield (
            f"the budget allows about {candidates} candidates, which is hardly a search; "
            "raise `budget` or confirm on fewer tasks"
        )


def visible_points(tasks: int) -> float:
    """The paired difference, in points, that so many tasks show at 95 % around a score of .5."""
    return 100 * 1.96 * sqrt(2 * 0.25 * (1 - _CORRELATION) / max(tasks, 1))


def _tasks_for(points: float) -> int:
    return round(visible_points(1) ** 2 / points**2)
