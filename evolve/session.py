"""A run on this machine, now: its parts put together, its engine started and stopped."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import TypeAlias, TypeVar

from archive.records import Look, Run, Status
from archive.store import Archive
from evolve import clock
from evolve.admission import Admission
from evolve.engine import Engine
from evolve.errors import OutageError
from evolve.following import Followers
from evolve.list_price import price_list
from evolve.losses import Losses
from evolve.models.base import Models
from evolve.models.cache import CallCache
from evolve.parts import Parts
from evolve.settings import RunSettings
from evolve.state import SearchState
from evolve.tasks.base import Task
from evolve.tasks.files import TaskSet
from evolve.tools.toolbox import Toolbox

T = TypeVar("T")

Watch: TypeAlias = Callable[[Engine], AbstractContextManager[object]]
"""Shows a running engine to somebody for as long as the context lasts."""


def unwatched(engine: Engine) -> AbstractContextManager[object]:
    """Nobody looks on."""
    return nullcontext()


def models_of(settings: RunSettings) -> Models:
    """The models that a run file names."""
    return Models(settings.models, settings.answering)


def toolbox_of(settings: RunSettings) -> Toolbox:
    """The tools that a run file names, each of which can work on this machine.

    Raises:
        EvolveError: One cannot; the message says what to do.
    """
    toolbox = Toolbox(settings.tools, settings.tool_limits)
    toolbox.require()
    return toolbox


def shared_order(tasks: TaskSet, settings: RunSettings) -> list[Task]:
    """The validation tasks in the random order in which all candidates meet them."""
    order = list(tasks.validation)
    Random(f"{settings.seed}/tasks/0").shuffle(order)
    return order


class Session:
    """What a run needs while it is under way."""

    def __init__(self, settings: RunSettings, archive: Archive) -> None:
        """Loads the tasks and puts the parts together; nothing is bought yet.

        Raises:
            TaskError: The task file or its splits cannot be used.
        """
        self.settings = settings
        self.archive = archive
        self.models = models_of(settings)
        self.toolbox = toolbox_of(settings)
        settings.tasks.scorer.require()
        settings.executor.require()
        for tracker in settings.trackers:
            tracker.require()
        self.tasks = settings.tasks.load(settings.seed)
        prices = {name: model.price for name, model in settings.models.items()}
        list_price = price_list(prices, settings.answering)
        tasks = shared_order(self.tasks, settings)
        self.state = SearchState(tasks, settings.budget, list_price)
        self.state.ledger.may_lose = not self.models.vouched
        self.admission = Admission(
            self.state,
            settings.objective,
            self.models,
            self.tasks.longest,
            min(settings.confirm.tasks or self.tasks.sealed, self.tasks.sealed),
            settings.strategy.worst(settings.space, self.models),
            self.toolbox,
            settings.tasks.scorer.worst(self.tasks.longest, self.models),
        )

    def admit_all(self) -> None:
        """Admits every candidate that is there already."""
        for candidate in self.state.candidates:
            self.admission.admit(candidate.config)

    def sealed(self) -> list[Task]:
        """The sealed tasks that confirming uses, the same ones every time."""
        tasks = list(self.tasks.unseal())
        Random(f"{self.settings.seed}/confirm/0").shuffle(tasks)
        return tasks[: self.admission.confirmed_tasks]

    def count_look(self, engine: Engine, what: str, tasks: Sequence[Task]) -> None:
        """Notes that a run looks at sealed tasks, once for each reason, and makes them known."""
        run = engine.parts.run
        if all(look.what != what for look in self.archive.looks(run)):
            numbers = tuple(task.number for task in tasks)
            self.archive.add_look(run, Look(what=what, tasks=numbers, at=engine.clock.seconds))
        self.state.unseal(tasks)

    def looks(self) -> int:
        """How often any run of this archive has looked at these sealed tasks."""
        return self.archive.looks_at({task.input.id for task in self.tasks.unseal()})

    def run(
        self, run: Run, starts_at: float, watch: Watch, work: Callable[[Engine], Awaitable[T]]
    ) -> T:
        """Does work with an engine, in real or virtual time, and notes how it ended.

        Args:
            run: Under which name.
            starts_at: Seconds that the run was already under way.
            watch: Who looks on.
            work: What to do.
        """
        main = self._run(run, starts_at, watch, work)
        return clock.run(main, virtual=self.models.simulated, start=starts_at)

    async def _run(
        self, run: Run, starts_at: float, watch: Watch, work: Callable[[Engine], Awaitable[T]]
    ) -> T:
        settings = self.settings
        models = self.models.through(CallCache(self.archive, run).wrap)
        stopwatch = clock.Stopwatch(starts_at)
        models.charge(Losses(self.archive, run, self.state.ledger, stopwatch))
        followers = Followers(settings.trackers, run, settings)
        watched = followers.models(models)
        asked = models if settings.executor.elsewhere else watched
        executor = followers.executor(
            settings.executor.bind(asked, settings.embedder, settings.tasks.scorer, self.toolbox)
        )
        parts = Parts(settings, self.archive, run, watched, executor)
        engine = Engine(parts, self.state, self.admission, stopwatch)
        _stop_on_signals(engine)
        status: Status = "failed"
        try:
            with watch(engine), followers.following(engine):
                result = await work(engine)
            status = "finished"
            return result
        except OutageError as error:
            status = "paused"
            raise OutageError(
                f"{error}; the run is paused and nothing is lost: `evolve resume` goes on"
            ) from error
        finally:
            status = "interrupted" if engine.stopped else status
            self.archive.set_status(run, status)
            await executor.close()
            await self.toolbox.close()
            await models.close()
            await settings.tasks.scorer.close()
            followers.end(engine, status)


def _stop_on_signals(engine: Engine) -> None:
    """The first signal buys nothing more; the next one ends the program at once."""
    if threading.current_thread() is not threading.main_thread():
        return  # signals are the business of the program that runs the search in a thread
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop() -> None:
        engine.stop()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, stop)
