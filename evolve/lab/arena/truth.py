"""True scores and costs of systems: measured once on sealed tasks, cached, not charged."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from random import Random

from pydantic import ValidationError

from evolve import clock
from evolve.data.output_files import replace_file
from evolve.engine.session import models_of, toolbox_of
from evolve.engine.workers import Answered, answer
from evolve.lab.arena.contestants import Terms
from evolve.models.base import Model
from evolve.runfile.settings import RunSettings
from search_spaces.config import SystemConfig
from search_spaces.frozen import Frozen


class Measured(Frozen):
    """The mean score of a system on sealed tasks, and what one of them costs; None if unknown.

    The cost is in the landscape's unit.
    """

    score: float
    cost: float | None


class Truth:
    """The mean scores and costs of configurations on the sealed tasks of one landscape and seed."""

    def __init__(
        self,
        settings: RunSettings,
        terms: Terms,
        folder: Path,
        wrap: Callable[[Model], Model] = lambda model: model,
    ) -> None:
        """Measures nothing yet.

        Args:
            settings: The settings with the tasks and models.
            terms: The terms, with the number of sealed tasks to use.
            folder: The folder of scores, by tasks, models and content id.
            wrap: Puts a model behind a call cache.
        """
        self._settings = settings
        self._wrap = wrap
        self._tasks = list(settings.tasks.load(settings.seed).unseal())
        if terms.sealed is not None:
            Random("sealed").shuffle(self._tasks)
            del self._tasks[terms.sealed :]
        ids = [task.input.id for task in self._tasks]
        # Landscapes may share tasks and the names of models, but not what these models reply.
        models = {name: model.identity for name, model in settings.models.items()}
        made_of = json.dumps([settings.objective.unit, models, ids])
        key = hashlib.sha256(made_of.encode()).hexdigest()[:12]
        self._folder = folder / key

    def of(self, config: SystemConfig) -> float:
        """The mean score of a configuration; unscored answers do not count.

        Raises:
            OutageError: A model does not answer.
        """
        return self.measured(config).score

    def measured(self, config: SystemConfig) -> Measured:
        """The mean score and cost of a configuration.

        Raises:
            OutageError: A model does not answer.
        """
        path = self._folder / f"{config.id}.json"
        try:
            return Measured.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValidationError):  # not measured yet, or without its cost
            pass
        models = models_of(self._settings)
        found = clock.run(self._measure(config), virtual=models.simulated)
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, found.model_dump_json())
        return found

    async def _measure(self, config: SystemConfig) -> Measured:
        settings, models = self._settings, models_of(self._settings).through(self._wrap)
        toolbox = toolbox_of(settings)
        executor = settings.executor.bind(models, settings.embedder, settings.tasks.scorer, toolbox)
        try:
            settled = await asyncio.gather(
                *(answer(executor, config, task) for task in self._tasks)
            )
        finally:
            await toolbox.close()
            await models.close()
            await settings.tasks.scorer.close()
        scores = [each.score.value for each in settled if isinstance(each, Answered)]
        costs = [each.trace.usage.cost(settings.objective.unit) for each in settled]
        known = [cost for cost in costs if cost is not None]
        cost = sum(known) / len(known) if len(known) == len(costs) else None
        return Measured(score=sum(scores) / len(scores), cost=cost)
