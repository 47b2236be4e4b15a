"""What systems truly score and cost: measured once on sealed tasks, kept, charged to nobody."""

import asyncio
import hashlib
import json
from pathlib import Path
from random import Random

from pydantic import ValidationError

from evolve import clock
from evolve.arena.contestants import Terms
from evolve.session import models_of, toolbox_of
from evolve.settings import RunSettings
from evolve.workers import Answered, answer
from search_spaces.config import SystemConfig
from search_spaces.frozen import Frozen


class Measured(Frozen):
    """The mean score of a system on sealed tasks, and what one of them costs; None if unknown."""

    score: float
    usd: float | None


class Truth:
    """The mean scores and costs of configurations on the sealed tasks of one landscape and seed."""

    def __init__(self, settings: RunSettings, terms: Terms, folder: Path) -> None:
        """Measures nothing yet.

        Args:
            settings: Whose tasks and models.
            terms: How many of the sealed tasks to look at.
            folder: Where scores are kept, by the tasks and by content id.
        """
        self._settings = settings
        self._tasks = list(settings.tasks.load(settings.seed).unseal())
        if terms.sealed is not None:
            Random("sealed").shuffle(self._tasks)
            del self._tasks[terms.sealed :]
        ids = [task.input.id for task in self._tasks]
        key = hashlib.sha256(json.dumps(ids).encode()).hexdigest()[:12]
        self._folder = folder / key

    def of(self, config: SystemConfig) -> float:
        """The mean score of a configuration; answers that nobody could score do not count.

        Raises:
            OutageError: A model does not serve.
        """
        return self.measured(config).score

    def measured(self, config: SystemConfig) -> Measured:
        """The mean score and cost of a configuration.

        Raises:
            OutageError: A model does not serve.
        """
        path = self._folder / f"{config.id}.json"
        try:
            return Measured.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValidationError):  # nobody has measured it, or without its cost
            pass
        models = models_of(self._settings)
        found = clock.run(self._measure(config), virtual=models.simulated)
        self._folder.mkdir(parents=True, exist_ok=True)
        write(path, found.model_dump_json())
        return found

    async def _measure(self, config: SystemConfig) -> Measured:
        settings, models = self._settings, models_of(self._settings)
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
        costs = [each.trace.usage.usd for each in settled]
        known = [cost for cost in costs if cost is not None]
        usd = sum(known) / len(known) if len(known) == len(costs) else None
        return Measured(score=sum(scores) / len(scores), usd=usd)


def write(path: Path, text: str) -> None:
    """Writes a file whole or not at all, whoever else writes it at the same time."""
    import os

    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
