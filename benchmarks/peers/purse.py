"""The budget of a peer: evaluations and a meta-agent, booked until a cap is reached."""

import asyncio
from collections.abc import Coroutine, Sequence
from threading import Thread
from typing import NamedTuple, TypeVar

from archive.records import Score, Trace, Usage
from evolve import clock
from evolve.budget.ledger import Ledger, Spend
from evolve.engine.seeds import seed_configurations
from evolve.engine.session import models_of, shared_order, toolbox_of
from evolve.engine.workers import Answered, answer
from evolve.lab.arena.incumbents import LOOKS
from evolve.models.base import Models
from evolve.runfile.settings import RunSettings
from evolve.tasks.base import Task
from search_spaces.config import SystemConfig

T = TypeVar("T")

AT_ONCE = 10
"""Evaluations between two checks of the remaining budget."""

FIRST_LOOK = 20
"""Validation tasks on which seeds are compared, to start from the best."""


class SpentError(Exception):
    """The budget is used up."""


class Evaluated(NamedTuple):
    """A configuration on one task."""

    task: Task
    score: Score
    trace: Trace


class Standing(NamedTuple):
    """The incumbent of a peer from some share of the budget on."""

    share: float
    config: SystemConfig


class Purse:
    """Evaluates for a peer within the budget, and records its incumbents."""

    def __init__(self, settings: RunSettings) -> None:
        """Starts with nothing spent; the first seed is the incumbent.

        Args:
            settings: The settings with tasks, models, budget and cost limit.
        """
        self.settings = settings
        tasks = settings.tasks.load(settings.seed)
        self.train = tasks.train
        self.tasks = shared_order(tasks, settings)
        self.models: Models = models_of(settings)
        self.ledger = Ledger(settings.budget)
        self.seeds = seed_configurations(settings)
        self.stood = [Standing(0.0, self.seeds[0])]
        self.evaluations = 0
        self._loop = None if self.models.simulated else _loop_of_its_own()

    def evaluate(self, config: SystemConfig, tasks: Sequence[Task]) -> list[Evaluated]:
        """Scores a configuration; all scores are 0 if it costs more than is allowed.

        Raises:
            SpentError: The budget does not cover the rest.
        """
        found: list[Evaluated] = []
        for start in range(0, len(tasks), AT_ONCE):
            if self.ledger.share >= 1:
                raise SpentError
            found += self._wait(self._answers(config, tasks[start : start + AT_ONCE]))
        limit, unit = self.settings.objective.cost_at_most, self.settings.objective.unit
        cost = sum(each.trace.usage.cost(unit) or 0.0 for each in found) / len(found)
        if limit is not None and cost > limit:
            score = Score(value=0.0, feedback=f"costs {cost:.5f} {unit} a task, at most {limit}")
            return [each._replace(score=score) for each in found]
        return found

    def best_seed(self) -> SystemConfig:
        """The best seed on the first few tasks."""
        tasks = self.tasks[:FIRST_LOOK]
        means = [mean(self.evaluate(seed, tasks)) for seed in self.seeds]
        best = self.seeds[means.index(max(means))]
        self.stand_on(best)
        return best

    def stand_on(self, config: SystemConfig) -> None:
        """Records the system that would be the result if the search ended now."""
        share = int(self.ledger.share * LOOKS) / LOOKS
        self.stood.append(Standing(share, config))

    def book(self, usage: Usage) -> None:
        """Books the usage of a meta-agent."""
        self.ledger.settle(-1, "propose", Spend.of(usage, 0))

    def close(self) -> None:
        """Ends real models."""
        if self._loop is not None:
            self._wait(self.models.close())
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        """Does work: in virtual time, or in a loop of its own, which several threads may share."""
        if self._loop is None:
            return clock.run(work, virtual=True)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _answers(self, config: SystemConfig, tasks: Sequence[Task]) -> list[Evaluated]:
        settings = self.settings
        executor = settings.executor.bind(
            self.models, settings.embedder, settings.tasks.scorer, toolbox_of(settings)
        )
        settled = await asyncio.gather(*(answer(executor, config, task) for task in tasks))
        for each in settled:
            self.ledger.settle(-1, "search", Spend.of(each.trace.usage, 1))
        self.evaluations += len(settled)
        return [
            Evaluated(task, each.score, each.trace)
            for task, each in zip(tasks, settled, strict=True)
            if isinstance(each, Answered)
        ]


def _loop_of_its_own() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    return loop


def mean(evaluated: Sequence[Evaluated]) -> float:
    """The mean score."""
    return sum(each.score.value for each in evaluated) / len(evaluated)
