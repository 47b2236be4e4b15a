"""Making stand-ins like the models that they stand in for, by what is known of those.

What earlier runs evaluated is evaluated once more with the stand-ins, which are then altered until
their replies are as long and as late, their prompts count as many tokens, and they are right as
often.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import exp, log, sqrt
from statistics import NormalDist, fmean

from archive.records import Step, Usage
from evolve import clock
from evolve.estimating.earlier import Evaluation
from evolve.executors.local import Local
from evolve.rehearsal import ALIKE, Likeness
from evolve.session import models_of
from evolve.settings import RunSettings
from evolve.workers import Answered, Unjudged, answer

_ROUNDS = 2
"""Prompts hold what others wrote, so they are compared again when replies are as long."""

_FEWEST = 12
"""So many calls or evaluations say something of a model."""

_SCALE = sqrt(1 + 0.7**2)
"""How much abler somebody is the probit of whose mean score is 1 greater, where tasks vary."""

_FURTHEST = 1.5
"""How far an ability is moved at most: where all or nothing is right, little is known of it."""

_FACTORS = ("verbosity", "prompts", "pace")


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
        own = _by_model(step for each in again for step in each.trace.steps)
        told = {
            name: _corrected(told[name], usage, own.get(name, Usage()), _abler(name, known, again))
            for name, usage in enough.items()
        }
    return told


def extended(told: Mapping[str, Likeness], names: Iterable[str]) -> dict[str, Likeness]:
    """The same with models of which nothing is known: tasks make all models longer or better."""
    if not told:
        return {}
    usual = Likeness(
        **{n: exp(fmean(log(getattr(each, n)) for each in told.values())) for n in _FACTORS},
        ability=fmean(each.ability for each in told.values()),
    )
    return {name: told.get(name, usual) for name in names}


async def _evaluated(
    settings: RunSettings, known: Sequence[Evaluation]
) -> list[Answered | Unjudged]:
    models, scorer = models_of(settings), settings.tasks.scorer
    executor = Local().bind(models, settings.embedder, scorer)
    try:
        return await asyncio.gather(
            *(answer(executor, each.config, each.task, each.rollout.trial) for each in known)
        )
    finally:
        await models.close()
        await scorer.close()


def _by_model(steps: Iterable[Step]) -> dict[str, Usage]:
    used: dict[str, Usage] = {}
    for step in steps:
        used[step.model] = used.get(step.model, Usage()) + step.usage
    return used


def _corrected(before: Likeness, theirs: Usage, own: Usage, abler: float) -> Likeness:
    """What a stand-in is to be like that was like that before, by what a call took."""
    if not own.calls:
        return before
    verbosity, prompts, seconds = (
        max(getattr(theirs, name) / theirs.calls, 1e-6) / max(getattr(own, name) / own.calls, 1e-6)
        for name in ("completion_tokens", "prompt_tokens", "seconds")
    )
    return Likeness(
        verbosity=before.verbosity * verbosity,
        prompts=before.prompts * prompts,
        pace=before.pace * seconds,
        ability=max(-_FURTHEST, min(_FURTHEST, before.ability + abler)),
    )


def _abler(name: str, known: Sequence[Evaluation], again: Sequence[Answered | Unjudged]) -> float:
    """How much abler a model is than its stand-in, by systems of it alone, or else by all."""
    scores = [
        (each.rollout.score.value, settled.score.value, each.rollout.trace.steps)
        for each, settled in zip(known, again, strict=True)
        if isinstance(settled, Answered)
    ]
    alone = [pair for pair in scores if {step.model for step in pair[2]} == {name}]
    pairs = alone if len(alone) >= _FEWEST else scores
    if len(pairs) < _FEWEST:
        return 0.0
    theirs, own = (
        _probit(list(scores)) for scores in zip(*((a, b) for a, b, _ in pairs), strict=True)
    )
    return _SCALE * (theirs - own)


def _probit(scores: Sequence[float]) -> float:
    return NormalDist().inv_cdf((sum(scores) + 1) / (len(scores) + 2))
