"""Evaluations of a run's models in earlier runs of an archive.

Only the same model at the same endpoint counts, under the same name and on the same task file.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from archive.reading import Reader
from archive.records import Rollout, Run
from evolve.models.base import MODELS
from evolve.runfile.settings import RunSettings
from evolve.tasks.base import Task
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError

_MOST, _OF, _RUNS = 64, 2_000, 3
"""How many evaluations are used, of how many first ones of a run, and of how many runs."""


class Evaluation(NamedTuple):
    """An evaluation of an earlier run."""

    config: SystemConfig
    task: Task
    rollout: Rollout


def told_in(
    archive: Reader, settings: RunSettings, tasks: Sequence[Task]
) -> tuple[Evaluation, ...]:
    """Evaluations of earlier runs, the newest run's first, of as many systems as there are.

    Args:
        archive: Where to look.
        settings: The run to be estimated.
        tasks: All its tasks.

    Raises:
        ArchiveError: The archive is damaged.
    """
    by_id = {task.input.id: task for task in tasks}
    found: list[Evaluation] = []
    looked_at = 0
    for run in reversed(archive.runs()):
        known = _known(archive, run, settings)
        if known and len(found) < _MOST and looked_at < _RUNS:
            looked_at += 1
            found += islice(_told(archive, run, by_id, known), _MOST - len(found))
    return tuple(found)


def _known(archive: Reader, run: Run, settings: RunSettings) -> frozenset[str]:
    """The paid models that two runs on the same task file share."""
    try:
        written = json.loads(run.settings)
        file, beside = written["tasks"].get("file"), archive.path
        if file is not None and beside is not None:
            file = os.path.normpath(beside.absolute().parent / file)
        if str(file) != str(settings.tasks.file):
            return frozenset()
        return frozenset(
            name
            for name, model in settings.models.items()
            if not model.simulated
            and name in written["models"]
            and MODELS.built(written["models"][name], name, inert=True).identity == model.identity
        )
    except (ConfigError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return frozenset()  # written by another version, or with what is not here any more


def _told(
    archive: Reader, run: Run, tasks: Mapping[str, Task], known: frozenset[str]
) -> Iterator[Evaluation]:
    """Evaluations of systems that have no tools and only known models, system by system."""
    task_of = {record.number: tasks.get(record.id) for record in archive.tasks(run)}
    config_of = {candidate.number: candidate.config for candidate in archive.candidates(run)}
    waiting: dict[int, list[Rollout]] = {}
    for rollout in islice(archive.rollouts(run), _OF):
        config = config_of[rollout.candidate]
        if task_of.get(rollout.task) and not any(agent.tools for agent in config.agents):
            waiting.setdefault(rollout.candidate, []).append(rollout)
    for place in range(max(map(len, waiting.values()), default=0)):
        for candidate, rollouts in waiting.items():
            task = task_of[rollouts[place].task] if place < len(rollouts) else None
            trace = None if task is None else archive.trace(run, rollouts[place].decision)
            if task is None or trace is None or {step.model for step in trace.steps} - known:
                continue
            if trace.steps:
                whole = rollouts[place].model_copy(update={"trace": trace})
                yield Evaluation(config_of[candidate], task, whole)
