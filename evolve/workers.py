"""Workers carry decisions out, many at once, and hand back what settled."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import NamedTuple, TypeAlias

from archive.records import Decision, Score, Trace, Usage
from evolve.clock import Stopwatch
from evolve.errors import UnscoredError
from evolve.executors.base import Executor
from evolve.ledger import Spend
from evolve.parts import Parts
from evolve.state import SearchState
from evolve.strategies.base import Proposal
from evolve.tasks.base import Task
from evolve.view import ArchiveView
from search_spaces.config import SystemConfig


class Answered(NamedTuple):
    """What came of an evaluation."""

    trace: Trace
    score: Score


class Unjudged(NamedTuple):
    """What came of an evaluation whose answer nobody could score."""

    trace: Trace
    failure: UnscoredError


Outcome: TypeAlias = Answered | Unjudged | Proposal | Exception | None


class Settled(NamedTuple):
    """A decision, what came of it, and when."""

    decision: Decision
    outcome: Outcome
    at: float


class Workers:
    """Runs decisions concurrently and returns their outcomes in the order the run takes them."""

    def __init__(self, parts: Parts, state: SearchState, clock: Stopwatch) -> None:
        """Starts with nothing to do.

        Args:
            parts: What the run is made of.
            state: Where tasks and configurations are looked up.
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
        """Begins to carry a decision out; a proposal needs the view it is made from."""
        self._running[decision.number] = asyncio.create_task(self._carry_out(decision, view))

    async def settled(self, wanted: Iterable[int]) -> list[Settled]:
        """Waits for outcomes: all that arrived, or under ``ticket`` order the first one wanted.

        Args:
            wanted: The numbers of the decisions whose outcomes are not yet taken.
        """
        if not self._parts.settings.order.by_number:
            arrived = [await self._arrived.get()]
            while not self._arrived.empty():
                arrived.append(self._arrived.get_nowait())
            return arrived
        first = min(wanted)
        while first not in self._early:
            one = await self._arrived.get()
            self._early[one.decision.number] = one
        return [self._early.pop(first)]

    async def finish(self) -> None:
        """Waits until nothing is running."""
        await asyncio.gather(*self._running.values())

    def cancel(self) -> None:
        """Stops whatever is running."""
        for worker in self._running.values():
            worker.cancel()

    async def _carry_out(self, decision: Decision, view: ArchiveView | None) -> None:
        await self._clock.until(decision.at)
        outcome: Outcome
        async with self._slots:
            try:
                outcome = await self._outcome(decision, view)
            except Exception as error:  # noqa: BLE001 - whoever takes the outcome raises it
                outcome = error
        self._state.ledger.arrive(decision.number, spent_on(outcome))
        self._arrived.put_nowait(Settled(decision, outcome, self._clock.seconds))
        del self._running[decision.number]

    async def _outcome(self, decision: Decision, view: ArchiveView | None) -> Outcome:
        if decision.candidate is None or decision.task is None:
            assert view is not None, "a proposal is made from a view"
            rng = Random(f"{self._parts.settings.seed}/propose/{decision.number}")
            return await self._parts.settings.strategy.ask(view, self._parts.models, rng)
        task = self._state.task(decision.task)
        config = self._state.candidates[decision.candidate].config
        return await answer(self._parts.executor, config, task, decision.trial)


def spent_on(outcome: Outcome) -> Spend:
    """What an outcome took; nothing for one that is an error."""
    if isinstance(outcome, Answered):
        judging = (step.usage for step in outcome.score.steps)
        return Spend.of(Usage.total([outcome.trace.usage, *judging]), 1)
    if isinstance(outcome, Unjudged):
        judging = (step.usage for step in outcome.failure.steps)
        return Spend.of(Usage.total([outcome.trace.usage, *judging]), 1)
    steps = outcome.steps if isinstance(outcome, Proposal) else ()
    return Spend.of(Usage.total(step.usage for step in steps), 0)


async def answer(
    executor: Executor, config: SystemConfig, task: Task, trial: int = 0
) -> Answered | Unjudged:
    """Runs a configuration on a task and scores what it answers.

    Raises:
        OutageError: An endpoint does not serve.
    """
    trace = await executor.run(config, task.input, trial)
    if trace.failure:
        return Answered(trace, Score(value=0.0, feedback=trace.failure))
    try:
        return Answered(trace, await executor.score(task, executor.submission(trace)))
    except UnscoredError as failure:
        return Unjudged(trace, failure)
