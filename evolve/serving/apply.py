"""Runs a system on questions without known answers: one, many, or those of a server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from archive.records import Trace
from evolve import clock
from evolve.executors.local import Local
from evolve.models.base import Models
from evolve.serving.deployment import Deployment
from evolve.tasks.base import SCORERS, TaskInput
from evolve.tools.toolbox import Toolbox
from search_spaces.config import SystemConfig

UNASKED = Trace(answer="", failure="the question is empty")
"""What comes of an empty question, for which no model is called."""


class System:
    """A configuration with all resources that it needs to answer."""

    def __init__(self, deployment: Deployment, config: SystemConfig) -> None:
        """Builds the parts; no model is called yet.

        Args:
            deployment: The models, embedder, tools and answer form to use.
            config: The system.

        Raises:
            EvolveError: A model or a tool cannot work on this machine.
        """
        self.config = config
        self._deployment = deployment
        self._models = Models(deployment.models, deployment.default_model)
        self._models.require()
        self._toolbox = Toolbox(deployment.tools, deployment.tool_limits)
        self._toolbox.require()
        scorer = SCORERS.find("exact")()  # answers are not scored here
        self._executor = Local().bind(self._models, deployment.embedder, scorer, self._toolbox)

    @property
    def simulated(self) -> bool:
        """Whether every model is simulated."""
        return self._models.simulated

    async def answer(self, question: str, trial: int = 0) -> Trace:
        """Answers a question.

        Args:
            question: The question.
            trial: The trial's number; another trial draws other replies.

        Raises:
            OutageError: An endpoint does not answer.
        """
        task = TaskInput(
            id="question",
            text=question,
            instructions=self._deployment.instructions,
            form=self._deployment.form,
        )
        return await self._executor.run(self.config, task, trial)

    async def close(self) -> None:
        """Closes tools and connections."""
        await self._toolbox.close()
        await self._models.close()


class Answered(NamedTuple):
    """The position of a question among all, and its trace."""

    place: int
    trace: Trace


@asynccontextmanager
async def opened(deployment: Deployment, config: SystemConfig) -> AsyncIterator[System]:
    """A system that is closed at the end of the context."""
    system = System(deployment, config)
    try:
        yield system
    finally:
        await system.close()


def ask(deployment: Deployment, config: SystemConfig, question: str) -> Trace:
    """Runs a system on one question.

    Args:
        deployment: The models, embedder, tools and answer form to use.
        config: The system.
        question: The question.

    Raises:
        OutageError: An endpoint does not answer.
    """
    (answered,) = ask_all(deployment, config, [question])
    return answered.trace


def ask_all(
    deployment: Deployment,
    config: SystemConfig,
    questions: Sequence[str],
    observe: Callable[[Answered], None] = lambda answered: None,
) -> list[Answered]:
    """Runs a system on several questions, as many at once as the deployment allows.

    Args:
        deployment: The models, embedder, tools, answer form and concurrency to use.
        config: The system.
        questions: The questions.
        observe: Called with each answer as it arrives.

    Returns:
        The answers in the order of the questions.

    Raises:
        OutageError: An endpoint does not answer.
    """
    system = System(deployment, config)
    return clock.run(
        _ask_all(system, deployment.concurrency, questions, observe), virtual=system.simulated
    )


async def _ask_all(
    system: System, concurrency: int, questions: Sequence[str], observe: Callable[[Answered], None]
) -> list[Answered]:
    slots = asyncio.Semaphore(concurrency)

    async def one(place: int, question: str) -> Answered:
        async with slots:
            blank = not question.strip()
            trace = UNASKED if blank else await system.answer(question)
            answered = Answered(place, trace)
        observe(answered)
        return answered

    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(n, question)) for n, question in enumerate(questions)]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        await system.close()
    return [task.result() for task in asked]
