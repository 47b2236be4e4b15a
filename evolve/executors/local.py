"""The executor that works in this process: agents, models and scorers share its event loop."""

from functools import cached_property
from typing import NamedTuple

from pydantic import PrivateAttr

from archive.records import Score, Trace
from evolve.executors.base import Executor
from evolve.models.base import Embedder, Models
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig


class _Bound(NamedTuple):
    models: Models
    embedder: Embedder
    scorer: Scorer
    plans: Plans


class Local(Executor):
    """Runs everything in this process."""

    _bound: _Bound | None = PrivateAttr(default=None)

    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "Local":
        """Returns an executor that can work."""
        bound = self.model_copy()
        bound._bound = _Bound(models, embedder, scorer.bind(models), Plans(models, toolbox))
        return bound

    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Runs one configuration on one task input."""
        models, embedder, _, plans = self._work
        plan = plans.of(config)
        return await run_system(
            config, task_input, models, embedder=embedder, trial=trial, plan=plan
        )

    def submission(self, trace: Trace) -> str:
        """What of a trace the run's scorer looks at."""
        return self._work.scorer.submission(trace)

    async def score(self, task: Task, answer: str) -> Score:
        """Scores an answer with the run's scorer."""
        return await self._work.scorer.score(task, answer)

    @cached_property
    def _work(self) -> _Bound:
        assert self._bound is not None, "an executor works once it is bound"
        return self._bound
