"""Warnings about a run before it is paid for."""

from collections.abc import Collection, Iterator
from math import sqrt
from typing import NamedTuple

from evolve.runfile.settings import RunSettings
from evolve.tasks.files import LEAST
from evolve.tasks.task_set import TaskSet

_CORRELATION = 0.5
"""How alike two systems' scores on a task are, in the middle of what was measured."""

_POINTS = 5.0
"""A difference, in points, that most people would like to detect."""

_EVALUATIONS = 100
"""The number of evaluations below which there is a warning."""

_FIRST, _TIMES = 100, 8
"""Evaluations after which much is known of models, and how many times more a run is to have that
they are worth paying for first."""

_CANDIDATES = 12
"""The number of candidates below which there is a warning."""


class Foreseen(NamedTuple):
    """What an estimate found out that warnings are about."""

    evaluations: float
    candidates: int
    asked: Collection[str]
    """Models that rehearsals asked."""
    strangers: Collection[str]
    """Paid models without earlier runs."""


def warnings_of(settings: RunSettings, tasks: TaskSet, foreseen: Foreseen) -> Iterator[str]:
    """The warnings about a run, a line each.

    Args:
        settings: The run.
        tasks: Its tasks.
        foreseen: What it is expected to do.
    """
    yield from tasks.notes
    confirmed = min(settings.confirm.tasks or tasks.sealed, tasks.sealed)
    for what, count in (("validation", len(tasks.validation)), ("test", confirmed)):
        points = visible_points(count)
        if points > _POINTS:
            yield (
                f"the {what} split of {count} tasks is too small to see differences below about "
                f"{points:.0f} points; {_tasks_for(_POINTS)} tasks would show {_POINTS:.0f}"
            )
    if settings.unpriced:
        yield (
            f"no price is known for {', '.join(settings.unpriced)}, so the cost in USD is unknown; "
            "give `price: {prompt: …, completion: …}` in USD per million tokens"
        )
    idle = ", ".join(_idle(settings, foreseen.asked))
    if idle:
        yield f"no agent uses {idle}; name the models that agents may use in `space.models`"
    strangers = ", ".join(name for name in foreseen.strangers if name in foreseen.asked)
    if strangers and foreseen.evaluations >= _TIMES * _FIRST:
        yield (
            f"how much {strangers} will write is not known; a paid run of {_FIRST} evaluations in "
            "the same archive measures it: `evolve run … --set seeds.each_model=true "
            f"--set 'budget={{evaluations: {_FIRST}}}' --set confirm.tasks={LEAST}`"
        )
    if foreseen.evaluations < _EVALUATIONS:
        yield (
            f"the budget allows about {foreseen.evaluations:.0f} task evaluations, which hardly "
            "tell systems apart; raise `budget`"
        )
    elif foreseen.candidates < _CANDIDATES:
        yield (
            f"the budget allows about {foreseen.candidates} candidates, which is hardly a search; "
            "raise `budget` or confirm on fewer tasks"
        )


def _idle(settings: RunSettings, asked: Collection[str]) -> list[str]:
    """Models that nothing in the run file names, and no rehearsal asked."""
    named = {settings.answering, *settings.space.models}
    named |= {*settings.strategy.asks, *settings.tasks.scorer.asks, *asked}
    return [name for name in settings.models if name not in named]


def visible_points(tasks: int) -> float:
    """The paired difference, in points, that so many tasks show at 95 % around a score of .5."""
    return 100 * 1.96 * sqrt(2 * 0.25 * (1 - _CORRELATION) / max(tasks, 1))


def _tasks_for(points: float) -> int:
    return round(visible_points(1) ** 2 / points**2)
