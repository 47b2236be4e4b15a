"""Evaluates one system several times on validation tasks, as a run of its own in the archive.

A first round decides how many tasks the caps cover in all rounds; the others repeat these.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from archive.records import Rollout
from evolve.budget.ledger import KEPT
from evolve.engine.loop import Engine
from evolve.engine.session import Session
from evolve.engine.stopping import EndReason
from evolve.errors import BudgetError, StoppedError
from evolve.tasks.base import Task

FEWEST = 10
"""Tasks with two scores that an audit needs at least."""

AGAIN = "start the audit again: replies that arrived are not paid for twice"
"""What to do after an outage of an audit, which `evolve resume` does not continue."""


class Repeated(NamedTuple):
    """A task with the rollouts of one system on it, in the order of trials."""

    task: Task
    rollouts: tuple[Rollout, ...]

    @property
    def scores(self) -> list[float]:
        """Their scores."""
        return [rollout.score.value for rollout in self.rollouts]


async def repeat(
    session: Session, engine: Engine, tasks: Sequence[Task], repeats: int
) -> list[Repeated]:
    """Evaluates candidate 0 on tasks, each of them several times.

    Args:
        session: The session; its state collects the results.
        engine: The engine of its run.
        tasks: Validation tasks, the first ones first where the caps do not cover all.
        repeats: The number of evaluations of each task.

    Raises:
        BudgetError: The caps cover two evaluations of too few tasks.
        StoppedError: The audit was stopped.
        OutageError: An endpoint does not answer, or no answer can be scored.
    """
    confirmed, found = session.state.confirmed, {task.number: list[Rollout]() for task in tasks}
    wanted: Sequence[Task] = tasks
    for trial in range(repeats):
        limit = _Limit(engine, len(wanted), repeats) if trial == 0 else None
        await engine.confirm([(0, task) for task in wanted], limit, trial)
        for (_, number), rollout in confirmed.items():
            found[number].append(rollout)
        confirmed.clear()  # the next round evaluates the same pairs
        if engine.stopped:
            raise StoppedError(f"stopped in round {trial + 1} of {repeats}; {AGAIN}")
        wanted = [task for task in wanted if len(found[task.number]) > trial]
    repeated = [Repeated(task, tuple(found[task.number])) for task in tasks if found[task.number]]
    _require_two(engine, repeated)
    return repeated


class _Limit:
    """How many tasks the caps cover in all rounds, at the mean cost of an evaluation so far."""

    def __init__(self, engine: Engine, tasks: int, repeats: int) -> None:
        self._engine = engine
        self._tasks = tasks
        self._repeats = repeats

    def __call__(self) -> int:
        engine, ledger = self._engine, self._engine.state.ledger
        caps = dict(zip(ledger.settled._fields, ledger.caps, strict=True))
        most = min(self._tasks, caps.pop("evaluations") / self._repeats)
        caps["seconds"] = engine.settings.budget.seconds or math.inf
        if min(caps.values()) == math.inf:
            return int(most)
        evaluations = ledger.settled.evaluations
        if evaluations < FEWEST:
            return min(int(most), FEWEST)
        used = {**ledger.settled._asdict(), "seconds": engine.clock.seconds}
        # The last call has to fit at its worst.
        kept = engine.guard.last_call(0)._asdict()
        for name, cap in caps.items():
            if used[name]:
                left = cap * (1 - KEPT) - (kept.get(name) or 0)
                most = min(most, left / (used[name] / evaluations) / self._repeats)
        return int(most)


def require_caps(session: Session, repeats: int) -> None:
    """Checks, before anything is bought, that a cap on evaluations leaves enough tasks.

    Raises:
        BudgetError: It does not.
    """
    most = session.settings.budget.evaluations
    if most is not None and most < repeats * FEWEST:
        raise BudgetError(
            f"{most} evaluations allow {repeats} repetitions of {most // repeats} tasks and an "
            f"audit needs at least {FEWEST}; raise --evaluations to {repeats * FEWEST} or more"
        )


def _require_two(engine: Engine, repeated: Sequence[Repeated]) -> None:
    """Checks that enough tasks have two scores."""
    twice = sum(len(each.rollouts) > 1 for each in repeated)
    if twice >= FEWEST:
        return
    why = f"{engine.state.unscored.total()} answers could not be scored"
    if engine.end_reason is not None:
        late = engine.end_reason is EndReason.TIME_UP
        why = "the time is up" if late else "the caps cover no further evaluation"
    raise BudgetError(
        f"{twice} tasks were scored twice ({why}) and an audit needs at least {FEWEST}; raise the "
        "caps or mend what failed: replies that arrived are not paid for twice"
    )
