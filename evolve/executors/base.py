"""Where rollouts and scoring run."""

from abc import abstractmethod

from archive.records import Score, Trace
from evolve.models.base import Embedder, Models
from evolve.plugins import Kind, Plugin
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig


class Executor(Plugin):
    """Runs configurations and scores answers; a task's own failure is a trace, not an error.

    A run file describes one; a run binds it to its models, embedder and scorer, and uses that.
    """

    def require(self) -> None:
        """Raises an EvolveError with the remedy if it cannot work on this machine."""

    @property
    def elsewhere(self) -> bool:
        """Whether agents run in other processes, where their calls cannot be observed."""
        return False

    @abstractmethod
    def bind(
        self, models: Models, embedder: Embedder, scorer: Scorer, toolbox: Toolbox | None = None
    ) -> "Executor":
        """Returns an executor with the same options that can work.

        Args:
            models: What agents run on.
            embedder: What the answer mode ``centroid`` compares texts with.
            scorer: What scores answers.
            toolbox: The tools that agents may name.
        """

    @abstractmethod
    async def run(self, config: SystemConfig, task_input: TaskInput, trial: int) -> Trace:
        """Runs one configuration on one task input.

        Raises:
            OutageError: A model's endpoint does not answer.
        """

    def submission(self, trace: Trace) -> str:
        """The part of a trace that the scorer reads; the answer unless overridden."""
        return trace.answer

    @abstractmethod
    async def score(self, task: Task, answer: str) -> Score:
        """Scores a submission with the run's scorer, where no agent runs.

        Raises:
            TaskError: The scorer fails.
            UnscoredError: The answer cannot be scored, this time.
            OutageError: A judge's endpoint does not answer.
        """

    async def close(self) -> None:
        """Closes processes and connections."""


EXECUTORS = Kind("evolve.executors", Executor)
"""Every executor."""
