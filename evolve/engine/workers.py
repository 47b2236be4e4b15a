"""Runs purchases concurrently and returns their outcomes."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import NamedTuple, TypeAlias

from archive.records import Decision, Score, Trace, Usage
from evolve.budget.calls import PURCHASE
from evolve.budget.ledger import Spend
from evolve.clock import Stopwatch, end_of_instant
from evolve.engine.parts import Parts
from evolve.engine.state import SearchState
from evolve.errors import UnaffordableError, UnscoredError
from evolve.executors.base import Executor
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.tasks.base import Task
from search_spaces.config import SystemConfig


class Answered(NamedTuple):
    """The outcome of an evaluation."""

    trace: Trace
    score: Score


class Unjudged(NamedTuple):
    """The outcome of an evaluation whose answer could not be scored."""

    trace: Trace
    failure: UnscoredError


class GivenUp(NamedTuple):
    """The usage of an evaluation whose next model call the budget does not cover."""

    usage: Usage


Outcome: TypeAlias = Answered | Unjudged | GivenUp | Proposal | Exception | None


class Settled(NamedTuple):
    """A decision, its outcome, and the time on the run's clock."""

    decision: Decision
    outcome: Outcome
    at: float


class Workers:
    """Runs decisions concurrently and returns their outcomes in the run's order of results."""

    def __init__(self, parts: Parts, state: SearchState, clock: Stopwatch) -> None:
        """Starts with nothing to do.

        Args:
            parts: The settings, archive, models and executor of the run.
            state: Holds the tasks and configurations.
            clock: The run's clock.
        """
        self._parts = parts
        self._state = state
        self._clock = clock
        self._slots = asyncio.Semaphore(parts.settings.concurrency)
        self._arrived: asyncio.Queue[Settled] = asyncio.Queue()
        self._early: dict[int, Settled] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    def start(self, decision: Decision, view: ArchiveView | None = None) -> None:
        """Starts the purchase of a decision; a proposal needs the view for the strategy."""
        self._running[decision.number] = asyncio.create_task(self._carry_out(decision, view))

    async def settled(self, wanted: Iterable[int]) -> list[Settled]:
        """Waits for outcomes: all that arrived, or in ``ticket`` order that of the first decision.

        What arrives at the same instant comes in the order of decisions. A resumed run, which
        starts open purchases in another order, thus records the same.

        Args:
            wanted: The numbers of the open decisions.
        """
        if not self._parts.settings.order.by_number:
            arrived = [await self._arrived.get()]
            await end_of_instant()
            while not self._arrived.empty():
                arrived.append(self._arrived.get_nowait())
            return sorted(arrived, key=lambda each: each.decision.number)
        first = min(wanted)
        while first not in self._early:
            one = await self._arrived.get()
            self._early[one.decision.number] = one
        return [self._early.pop(first)]

    async def finish(self) -> None:
        """Waits until all purchases have ended."""
        await asyncio.gather(*self._running.values())

    def cancel(self) -> None:
        """Cancels all running purchases."""
        for worker in self._running.values():
            worker.cancel()

    async def _carry_out(self, decision: Decision, view: ArchiveView | None) -> None:
        await self._clock.until(decision.at)
        outcome: Outcome
        async with self._slots:
            PURCHASE.set(decision.number)
            try:
                outcome = await self._outcome(decision, view)
            except Exception as error:  # noqa: BLE001 - raised when the outcome is recorded
                outcome = error
        self._state.ledger.arrive(decision.number, spent_on(outcome))
        self._arrived.put_nowait(Settled(decision, outcome, self._clock.seconds))
        del self._running[decision.number]

    async def _outcome(self, decision: Decision, view: ArchiveView | None) -> Outcome:
        if decision.candidate is None or decision.task is None:
            assert view is not None, "a proposal needs a view"
            rng = Random(f"{self._parts.settings.seed}/propose/{decision.number}")
            return await self._parts.settings.strategy.ask(view, self._parts.models, rng)
        task = self._state.tasks.by_number(decision.task)
        config = self._state.candidates[decision.candidate].config
        try:
            return await answer(self._parts.executor, config, task, decision.trial)
        except UnaffordableError:
            return GivenUp(self._parts.calls.spent(decision.number))


def spent_on(outcome: Outcome) -> Spend:
    """The spend of an outcome; nothing for an error."""
    if isinstance(outcome, Answered):
        judging = (step.usage for step in outcome.score.steps)
        return Spend.of(Usage.total([outcome.trace.usage, *judging]), 1)
    if isinstance(outcome, GivenUp):
        return Spend.of(outcome.usage, 1)
    if isinstance(outcome, Unjudged):
        judging = (step.usage for step in outcome.failure.steps)
        return Spend.of(Usage.total([outcome.trace.usage, *judging]), 1)
    steps = outcome.steps if isinstance(outcome, Proposal) else ()
    return Spend.of(Usage.total(step.usage for step in steps), 0)


async def answer(
    executor: Executor, config: SystemConfig, task: Task, trial: int = 0
) -> Answered | Unjudged:
    """Runs a configuration on a task and scores its answer.

    Raises:
        OutageError: An endpoint does not answer.
    """
    trace = await executor.run(config, task.input, trial)
    if trace.failure:
        return Answered(trace, Score(value=0.0, feedback=trace.failure))
    try:
        return Answered(trace, await executor.score(task, executor.submission(trace)))
    except UnscoredError as failure:
        return Unjudged(trace, failure)
