"""A system at work on questions that have no known answer: one, a file of them, or a server's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from archive.records import Trace
from evolve import clock
from evolve.executors.local import Local
from evolve.session import models_of, toolbox_of
from evolve.settings import RunSettings
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig


class System:
    """A configuration with all that it needs to answer."""

    def __init__(self, settings: RunSettings, config: SystemConfig) -> None:
        """Puts the parts together; nothing is asked yet.

        Args:
            settings: Whose models, embedder, tools and answer format to use.
            config: The system.

        Raises:
            EvolveError: A tool cannot work on this machine.
        """
        self.config = config
        self.instructions = settings.tasks.instructions
        self._models = models_of(settings)
        self._toolbox = toolbox_of(settings)
        self._executor = Local().bind(
            self._models, settings.embedder, settings.tasks.scorer, self._toolbox
        )

    @property
    def simulated(self) -> bool:
        """Whether no model of the run is paid for."""
        return self._models.simulated

    async def answer(self, question: str, trial: int = 0) -> Trace:
        """Answers a question; another trial draws anew.

        Raises:
            OutageError: An endpoint does not serve.
        """
        task = TaskInput(id="question", text=question, instructions=self.instructions)
        return await self._executor.run(self.config, task, trial)

    async def close(self) -> None:
        """Lets go of tools and connections."""
        await self._toolbox.close()
        await self._models.close()


class Answered(NamedTuple):
    """A question's place, and how it was answered."""

    place: int
    trace: Trace


@asynccontextmanager
async def opened(settings: RunSettings, config: SystemConfig) -> AsyncIterator[System]:
    """A system that is closed in the end."""
    system = System(settings, config)
    try:
        yield system
    finally:
        await system.close()


def ask(settings: RunSettings, config: SystemConfig, question: str) -> Trace:
    """Runs a system on one question.

    Args:
        settings: Whose models, embedder and answer format to use.
        config: The system.
        question: What to ask.

    Raises:
        OutageError: An endpoint does not serve.
    """
    (answered,) = ask_all(settings, config, [question])
    return answered.trace


def ask_all(
    settings: RunSettings,
    config: SystemConfig,
    questions: Sequence[str],
    told: Callable[[Answered], None] = lambda answered: None,
) -> list[Answered]:
    """Runs a system on several questions, as many at once as the settings allow.

    Args:
        settings: Whose models, embedder, answer format and concurrency to use.
        config: The system.
        questions: What to ask.
        told: Called with each answer as it comes.

    Returns:
        The answers in the order of the questions.

    Raises:
        OutageError: An endpoint does not serve.
    """
    system = System(settings, config)
    return clock.run(
        _ask_all(system, settings.concurrency, questions, told), virtual=system.simulated
    )


async def _ask_all(
    system: System, abreast: int, questions: Sequence[str], told: Callable[[Answered], None]
) -> list[Answered]:
    room = asyncio.Semaphore(abreast)

    async def one(place: int, question: str) -> Answered:
        async with room:
            answered = Answered(place, await system.answer(question))
        told(answered)
        return answered

    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(one(n, question)) for n, question in enumerate(questions)]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        await system.close()
    return [task.result() for task in asked]
