"""A session of a run: builds its parts, and starts and stops its engine."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import TypeAlias, TypeVar

from archive.controls import Control
from archive.records import Look, LookPurpose, Run, Status
from archive.store import Archive
from evolve import clock
from evolve.budget.affordability import Affordability
from evolve.budget.calls import CallReservations
from evolve.budget.list_price import price_list
from evolve.budget.metered import metered
from evolve.budget.unanswered import Losses
from evolve.budget.waits import NO_WAITS, KeptWaits
from evolve.budget.worst_case import WorstCases
from evolve.engine.loop import Engine
from evolve.engine.parts import Parts
from evolve.engine.state import SearchState
from evolve.engine.tracking import RunTrackers
from evolve.errors import OutageError
from evolve.models.base import Models
from evolve.models.cache import CallCache
from evolve.runfile.consent import uses_of
from evolve.runfile.known_runs import remember
from evolve.runfile.settings import RunSettings, as_json
from evolve.signals import HANGUP, INTERRUPT, on_signals
from evolve.tasks.base import Task
from evolve.tasks.examples import with_training_examples
from evolve.tasks.task_set import TaskSet
from evolve.tools.toolbox import Toolbox

T = TypeVar("T")

RESUME = "`evolve resume` continues it"
"""What to do after an outage of a search."""

Watch: TypeAlias = Callable[[Engine], AbstractContextManager[object]]
"""A context that observes a running engine, for instance to display it."""


def unwatched(engine: Engine) -> AbstractContextManager[object]:
    """A watch that does nothing."""
    return nullcontext()


def models_of(settings: RunSettings) -> Models:
    """The models of the settings."""
    return Models(settings.models, settings.answering)


def toolbox_of(settings: RunSettings) -> Toolbox:
    """The tools of the settings, checked to work on this machine.

    Raises:
        EvolveError: A tool cannot work here; the message says what to do.
    """
    toolbox = Toolbox(settings.tools, settings.tool_limits)
    toolbox.require()
    return toolbox


def shared_order(tasks: TaskSet, settings: RunSettings) -> list[Task]:
    """The validation tasks in the random order that all candidates share."""
    order = list(tasks.validation)
    Random(f"{settings.seed}/tasks/0").shuffle(order)
    return order


class Session:
    """The parts of a run between its start and its end."""

    def __init__(self, settings: RunSettings, archive: Archive) -> None:
        """Loads the tasks and builds the parts; nothing is bought yet.

        Raises:
            TaskError: The task file or its splits cannot be used.
        """
        self.tasks = settings.tasks.load(settings.seed)
        space = with_training_examples(settings.space, self.tasks.train, settings.seed)
        open_tasks = (*self.tasks.train, *self.tasks.validation)
        formed = settings.tasks.with_form(open_tasks)
        settings = settings.model_copy(update={"space": space, "tasks": formed})
        self.settings = settings
        self.archive = archive
        self.models = models_of(settings)
        self.models.require()
        self.toolbox = toolbox_of(settings)
        settings.tasks.scorer.require()
        settings.executor.require()
        for tracker in settings.trackers:
            tracker.require()
        prices = {name: model.price for name, model in settings.models.items()}
        list_price = price_list(prices, settings.answering, settings.objective.unit)
        tasks = shared_order(self.tasks, settings)
        self.state = SearchState(tasks, settings.budget, settings.objective.unit, list_price)
        self.state.ledger.may_lose = not self.models.trusted
        worst = WorstCases(
            self.state.consumption,
            self.models,
            self.tasks.longest,
            settings.strategy.worst(settings.space, self.models),
            self.toolbox,
            settings.tasks.scorer.worst(self.tasks.longest, self.models),
        )
        confirm = settings.confirm
        sealed = min(confirm.tasks or self.tasks.sealed, self.tasks.sealed)
        # Single calls are reserved unless results must not depend on the order of calls (by
        # number), or calls are made in other processes, which have no ledger.
        by_call = not (settings.order.by_number or settings.executor.elsewhere)
        slots = settings.concurrency if by_call else None
        self.guard = Affordability(
            self.state, worst, settings.objective, sealed, slots, controls=confirm.controls
        )

    def create_run(self, name: str) -> Run:
        """Writes a new run with its settings, tasks and first candidates to the archive."""
        text = as_json(self.settings, self.archive.path)
        with self.archive.group():
            run = self.archive.create_run(name, self.settings.seed, text, self.tasks.records)
            for candidate in self.state.candidates:
                self.archive.add_candidate(run, candidate)
        if self.archive.path is not None and uses_of(text):
            remember(text, self.archive.path)
        return run

    def bound_all(self) -> None:
        """Computes the cost bounds of all present candidates."""
        for candidate in self.state.candidates:
            self.guard.worst.add(candidate.config)

    def sealed(self) -> list[Task]:
        """The sealed tasks of the confirmation, the same on every call."""
        tasks = list(self.tasks.unseal())
        Random(f"{self.settings.seed}/confirm/0").shuffle(tasks)
        return tasks[: self.guard.sealed]

    def count_look(
        self,
        engine: Engine,
        tasks: Sequence[Task],
        purpose: LookPurpose,
        winner: int | None = None,
        seed: int | None = None,
        controls: Callable[[], Sequence[Control]] = tuple,
    ) -> Look:
        """Records a look at sealed tasks, once for each reason, and adds them to the state.

        Args:
            engine: The run's engine.
            tasks: The sealed tasks.
            purpose: The purpose of the look.
            winner: The candidate to confirm.
            seed: The seed to compare it with.
            controls: Makes the controls to compare it with, if the look is a new one.

        Returns:
            The recorded look.
        """
        run, reason = engine.parts.run, (purpose, winner, seed)
        self.state.tasks.unseal(tasks)
        for known in self.archive.looks(run):
            if (known.purpose, known.winner, known.seed) == reason:
                return known
        with self.archive.group():
            look = Look(
                purpose=purpose,
                winner=winner,
                seed=seed,
                controls=tuple(controls()),
                tasks=tuple(task.number for task in tasks),
                after=self.state.results_seen,
                at=engine.clock.seconds,
            )
            self.archive.add_look(run, look)
        return look

    def looks(self) -> int:
        """How often any run of this archive has looked at these sealed tasks."""
        return self.archive.looks_at({task.input.id for task in self.tasks.unseal()})

    def run(
        self,
        run: Run,
        starts_at: float,
        watch: Watch,
        work: Callable[[Engine], Awaitable[T]],
        advice: str = RESUME,
    ) -> T:
        """Runs work with an engine, in real or virtual time, and records how it ended.

        Args:
            run: The run.
            starts_at: The seconds on the run's clock at the start.
            watch: Observes the running engine.
            work: The work.
            advice: What to do after an outage.
        """
        main = self._run(run, starts_at, watch, work, advice)
        return clock.run(main, virtual=self.models.simulated, start=starts_at)

    async def _run(
        self,
        run: Run,
        starts_at: float,
        watch: Watch,
        work: Callable[[Engine], Awaitable[T]],
        advice: str,
    ) -> T:
        settings = self.settings
        models = self.models.through(CallCache(self.archive, run).wrap)
        stopwatch = clock.Stopwatch(starts_at)
        waits = NO_WAITS
        if self.models.simulated:
            waits = KeptWaits(self.archive, run, stopwatch, self.state.last_at)
        calls = CallReservations(self.state.ledger, waits)
        models.charge(Losses(self.archive, run, calls, stopwatch))
        if self.guard.by_call:
            models = metered(models, calls, self.state.consumption)
        trackers = RunTrackers(settings.trackers, run, settings)
        watched = trackers.models(models)
        asked = models if settings.executor.elsewhere else watched
        executor = trackers.executor(
            settings.executor.bind(asked, settings.embedder, settings.tasks.scorer, self.toolbox)
        )
        parts = Parts(settings, self.archive, run, watched, executor, calls)
        engine = Engine(parts, self.state, self.guard, stopwatch)
        engine.notes = self.tasks.notes
        # The first signal stops new purchases; the next one ends the program.
        restore_signals = on_signals((*INTERRUPT, HANGUP), engine.stop, once=True)
        status: Status = "failed"
        try:
            with watch(engine), trackers.updating(engine):
                result = await work(engine)
            status = "finished"
            return result
        except OutageError as error:
            status = "paused"
            raise OutageError(
                f"{error}; the run is paused and nothing is lost: {advice}"
            ) from error
        finally:
            restore_signals()
            status = "interrupted" if engine.stopped else status
            self.archive.set_status(run, status)
            await executor.close()
            await self.toolbox.close()
            await models.close()
            await settings.tasks.scorer.close()
            trackers.end(engine, status)
