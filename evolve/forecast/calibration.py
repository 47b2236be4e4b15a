"""Calibration of stand-ins by earlier evaluations of the models that they replace.

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
from evolve.engine.session import models_of
from evolve.executors.local import Local
from evolve.forecast.dry_run import UNCALIBRATED, Calibration
from evolve.forecast.earlier import Evaluation
from evolve.runfile.settings import RunSettings

_ROUNDS = 2
"""Rounds of calibration: prompts contain replies, so they are compared again afterwards."""

_FEWEST = 12
"""The least number of calls for calibrating a model."""


def calibrations(
    known: Sequence[Evaluation], rehearsed: Callable[[Mapping[str, Calibration]], RunSettings]
) -> dict[str, Calibration]:
    """The calibration of each model's stand-in, by name, for models with enough calls.

    Args:
        known: Evaluations with the real models.
        rehearsed: Returns the run with stand-ins of given calibrations.
    """
    theirs = _by_model(step for each in known for step in each.rollout.trace.steps)
    enough = {name: usage for name, usage in theirs.items() if usage.calls >= _FEWEST}
    calibrations = dict.fromkeys(enough, UNCALIBRATED)
    for _ in range(_ROUNDS if enough else 0):
        again = clock.run(_evaluated(rehearsed(calibrations), known), virtual=True)
        own = _by_model(step for each in again for step in each.steps)
        calibrations = {
            name: _corrected(calibrations[name], usage, own.get(name, Usage()))
            for name, usage in enough.items()
        }
    return calibrations


def extended(
    calibrations: Mapping[str, Calibration], names: Iterable[str]
) -> dict[str, Calibration]:
    """Adds uncalibrated models with the geometric mean of the others."""
    if not calibrations:
        return {}
    mean = Calibration(
        *(exp(fmean(map(log, factors))) for factors in zip(*calibrations.values(), strict=True))
    )
    return {name: calibrations.get(name, mean) for name in names}


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


def _corrected(before: Calibration, theirs: Usage, own: Usage) -> Calibration:
    """The corrected calibration of a stand-in, by the usage of its calls."""
    if not own.calls:
        return before
    factors = (
        max(getattr(theirs, name) / theirs.calls, 1e-6) / max(getattr(own, name) / own.calls, 1e-6)
        for name in ("completion_tokens", "prompt_tokens", "seconds")
    )
    return Calibration(*(old * factor for old, factor in zip(before, factors, strict=True)))
