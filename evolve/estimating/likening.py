"""Making stand-ins like the models that they stand in for, by what is known of those.

What earlier runs evaluated is evaluated once more with the stand-ins, which are then altered until
their replies are as long and as late, and their prompts count as many tokens. How able models are
is not taken over: so few evaluations say it too roughly, and estimates were no closer for it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import exp, log
from statistics import fmean

from archive.records import Step, Trace, Usage
from evolve import clock
from evolve.estimating.earlier import Evaluation
from evolve.executors.local import Local
from evolve.rehearsal import ALIKE, Likeness
from evolve.session import models_of
from evolve.settings import RunSettings

_ROUNDS = 2
"""Prompts hold what others wrote, so they are compared again when replies are as long."""

_FEWEST = 12
"""So many calls say something of a model."""


def likenesses(
    known: Sequence[Evaluation], rehearsed: Callable[[Mapping[str, Likeness]], RunSettings]
) -> dict[str, Likeness]:
    """How models differ from their stand-ins, by name; those that enough is known of.

    Args:
        known: Evaluations that were made with the models.
        rehearsed: The run with stand-ins so altered.
    """
    theirs = _by_model(step for each in known for step in each.rollout.trace.steps)
    enough = {name: usage for name, usage in theirs.items() if usage.calls >= _FEWEST}
    told = dict.fromkeys(enough, ALIKE)
    for _ in range(_ROUNDS if enough else 0):
        again = clock.run(_evaluated(rehearsed(told), known), virtual=True)
        own = _by_model(step for each in again for step in each.steps)
        told = {
            name: _corrected(told[name], usage, own.get(name, Usage()))
            for name, usage in enough.items()
        }
    return told


def extended(told: Mapping[str, Likeness], names: Iterable[str]) -> dict[str, Likeness]:
    """The same with models of which nothing is known: tasks make all models write more, or less."""
    if not told:
        return {}
    usual = Likeness(
        *(exp(fmean(map(log, factors))) for factors in zip(*told.values(), strict=True))
    )
    return {name: told.get(name, usual) for name in names}


async def _evaluated(settings: RunSettings, known: Sequence[Evaluation]) -> list[Trace]:
    models = models_of(settings)
    executor = Local().bind(models, settings.embedder, settings.tasks.scorer)
    try:
        return await asyncio.gather(
            *(executor.run(each.config, each.task.input, each.rollout.trial) for each in known)
        )
    finally:
        await models.close()


def _by_model(steps: Iterable[Step]) -> dict[str, Usage]:
    used: dict[str, Usage] = {}
    for step in steps:
        used[step.model] = used.get(step.model, Usage()) + step.usage
    return used


def _corrected(before: Likeness, theirs: Usage, own: Usage) -> Likeness:
    """What a stand-in is to be like that was like that before, by what a call took."""
    if not own.calls:
        return before
    factors = (
        max(getattr(theirs, name) / theirs.calls, 1e-6) / max(getattr(own, name) / own.calls, 1e-6)
        for name in ("completion_tokens", "prompt_tokens", "seconds")
    )
    return Likeness(*(old * factor for old, factor in zip(before, factors, strict=True)))
