"""The actors: processes of Ray that run agents, and others that score what came of it.

What runs agents is never sent a task's truth, and what scores runs no agent. Each has an event loop
of its own, and models, tools and sandboxes that it builds itself. Runs of simulated models go in
virtual time here as well: every job in a clock of its own that starts when the driver's stood.
"""

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import ValidationError

from archive.records import Score, Trace
from evolve.clock import VirtualTimeLoop
from evolve.errors import OutageError, RunError, TaskError, UnscoredError
from evolve.executors.ray.encryption import VARIABLE, Encrypted, decrypt
from evolve.executors.ray.messages import (
    Answer,
    Done,
    Evaluate,
    Failed,
    Job,
    Judge,
    ToActor,
    ToDriver,
    Work,
)
from evolve.executors.ray.relayed_models import Line, RelayedModel
from evolve.executors.ray.worker_environment import WorkerEnvironment
from evolve.models.base import Model, Models
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.tools.toolbox import Toolbox
from evolve.version import __version__
from search_spaces.errors import EvolveError, explain


class Actor(ABC):
    """Runs jobs that it is sent, many at once, and reports their results."""

    def __init__(self) -> None:
        """Is ready for work once it is opened."""
        self._line = Line()
        self._models = Models({}, "")
        self._limited: list[Model] = []
        self._jobs: set[asyncio.Task[None]] = set()
        self._virtual = ThreadPoolExecutor(1)
        self._clock: VirtualTimeLoop | None = None

    async def open(self, version: str, path: Sequence[str], environment: str, pad: bytes) -> str:
        """Builds the worker environment; returns an error of one line, or nothing.

        Args:
            version: The driver's.
            path: Where the driver looks for modules.
            environment: What to build.
            pad: What opens the sealed variables.
        """
        if version != __version__:
            return f"has evolve {__version__} and the driver {version}; install the same on all"
        sys.path += [place for place in path if place not in sys.path]
        if pad:
            os.environ.update(decrypt(Encrypted(os.environ.pop(VARIABLE), pad)))
        try:
            self._build(WorkerEnvironment.model_validate_json(environment))
        except ValidationError as error:
            return str(explain(error, "cannot build what the run needs"))
        except EvolveError as error:
            return str(error)
        return ""

    async def hear(self, messages: Sequence[ToActor]) -> None:
        """Takes jobs and answers."""
        for message in messages:
            if isinstance(message, Answer):
                self._line.hear(message)
                continue
            job = asyncio.create_task(self._carry_out(message))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    async def tell(self) -> list[ToDriver]:
        """Pending messages for the driver; waits until there is one."""
        return await self._line.said()

    async def share(self, part: float, of: int) -> None:
        """Keeps to a part of every model's limits from now on."""
        for model in self._limited:
            model.share(part, of)

    async def close(self) -> None:
        """Closes connections, and processes that tools and scorers have started."""
        for model in self._limited:
            await model.close()
        if self._clock is not None:
            await asyncio.get_running_loop().run_in_executor(self._virtual, self._clock.close)
        self._virtual.shutdown(wait=False)

    def _build(self, environment: WorkerEnvironment) -> None:
        """Gets ready what every actor has."""
        models = {
            name: RelayedModel.of(name, model, self._line, environment.memory)
            if name in environment.relayed
            else model
            for name, model in environment.models.items()
        }
        self._models = Models(models, environment.default_model)
        self._models.require()
        self._limited = list(environment.models.values())

    @abstractmethod
    async def _do(self, work: Work) -> Trace | Score:
        """Does one piece of work.

        Raises:
            EvolveError: It cannot be done.
        """

    async def _carry_out(self, job: Job) -> None:
        try:
            if job.at is None:
                result, ended = await self._do(job.work), asyncio.get_running_loop().time()
            else:
                loop = asyncio.get_running_loop()
                result, ended = await loop.run_in_executor(
                    self._virtual, self._virtually, self._do(job.work), job.at
                )
        except Exception as error:  # noqa: BLE001 - the driver raises it
            self._line.say(Failed(job.number, _portable(error)))
        else:
            self._line.say(Done(job.number, result, ended))

    def _virtually(self, work: Awaitable[Trace | Score], at: float) -> tuple[Trace | Score, float]:
        """Does work in virtual time, one piece after the other."""
        if self._clock is None:
            self._clock = VirtualTimeLoop()
        self._clock.jump(at - self._clock.time())
        return self._clock.run_until_complete(work), self._clock.time()


class RolloutActor(Actor):
    """Runs agents."""

    def _build(self, environment: WorkerEnvironment) -> None:
        super()._build(environment)
        self._toolbox = Toolbox(environment.tools, environment.tool_limits)
        self._toolbox.require()
        self._embedder = environment.embedder
        self._plans = Plans(self._models, self._toolbox)

    async def close(self) -> None:
        """Closes tools, too."""
        if self._clock is None:
            await self._toolbox.close()
        else:  # where they were opened
            loop, closing = asyncio.get_running_loop(), self._toolbox.close()
            await loop.run_in_executor(self._virtual, self._clock.run_until_complete, closing)
        await super().close()

    async def _do(self, work: Work) -> Trace:
        assert isinstance(work, Evaluate)
        assert self._embedder is not None
        config, task_input, trial = work
        plan = self._plans.of(config)
        return await run_system(
            config, task_input, self._models, embedder=self._embedder, trial=trial, plan=plan
        )


class ScoringActor(Actor):
    """Scores answers."""

    def _build(self, environment: WorkerEnvironment) -> None:
        super()._build(environment)
        assert environment.scorer is not None
        environment.scorer.require()
        self._scorer = environment.scorer.bind(self._models)
        busy = environment.scorer.cpus
        self._unbound = environment.scorer
        self._places = asyncio.Semaphore(max(1, round(busy)) if busy else 1_000_000)

    async def close(self) -> None:
        """Closes the scorer's processes, too."""
        await self._unbound.close()
        await super().close()

    async def _do(self, work: Work) -> Score:
        assert isinstance(work, Judge)
        async with self._places:
            return await self._scorer.score(work.task, work.submission)


def _portable(error: Exception) -> Exception:
    """An error that the driver can read, whatever modules it has."""
    if type(error) in (OutageError, TaskError, UnscoredError, RunError):
        return error
    if isinstance(error, EvolveError):
        return RunError(str(error))
    return RunError(f"a job on Ray failed: {type(error).__name__}: {error}"[:500])
