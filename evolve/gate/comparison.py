"""Compares two systems task by task until the verdict is clear or the budget ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import NamedTuple

from archive.records import Candidate, CostUnit, Event, Rollout, Run, Split
from archive.store import Archive
from evolve.engine.evaluation import AGAIN, open_split
from evolve.engine.loop import Engine
from evolve.engine.session import Session, Watch, unwatched
from evolve.engine.stopping import EndReason
from evolve.errors import BudgetError, StoppedError, TaskError
from evolve.evidence.confidence_sequence import interval
from evolve.evidence.confirmation import Summary, summarise
from evolve.gate.pairs import NEW, OLD, Pairs, spent_on
from evolve.gate.sides import Side
from evolve.gate.verdict import Terms, Verdict
from evolve.runfile.settings import RunSettings
from evolve.standings.one_thread import one_thread
from evolve.tasks.base import Task

FEWEST_TASKS = 10
"""Tasks that a comparison needs at least."""

GATE = "gate"
"""The kind of an event of a run that holds the verdict as JSON."""


class Measured(NamedTuple):
    """One system: its scores on the compared tasks, and what all its evaluations took."""

    name: str
    id: str
    summary: Summary
    evaluations: int
    calls: int
    tokens: int
    usd: float | None


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    Attributes:
        run: The run in the archive.
        verdict: The verdict.
        ended: Why the comparison ended, in words.
        terms: The terms that were fixed before.
        split: The split that was used.
        tasks: The number of compared tasks.
        available: The number of tasks in the split.
        unscored: Tasks left out because an answer could not be scored.
        difference: The mean paired difference of scores, new minus old.
        interval: Its 95 % confidence sequence.
        e_value: The evidence against "the new system is no better"; above 40 it is better.
        p_value: The anytime-valid p-value of the same hypothesis.
        variance: The variance of the paired differences.
        old: The old system.
        new: The new system.
        cost_per_task: The mean difference in cost per task; None if it is unknown.
        unit: The unit of costs.
        looks: Looks at the test split so far; 0 for other splits.
    """

    run: Run
    verdict: Verdict
    ended: str
    terms: Terms
    split: Split
    tasks: int
    available: int
    unscored: int
    difference: float
    interval: tuple[float, float]
    e_value: float
    p_value: float
    variance: float
    old: Measured
    new: Measured
    cost_per_task: float | None
    unit: CostUnit
    looks: int
    simulated: bool
    judged: bool


@one_thread()
def compare(
    settings: RunSettings,
    archive: Archive,
    sides: tuple[Side, Side],
    split: Split,
    terms: Terms,
    watch: Watch = unwatched,
) -> Comparison:
    """Compares two systems on the tasks of a split, as a run of its own in the archive.

    Args:
        settings: The tasks, models and budget to use.
        archive: Where to write; a look at the test split is counted there.
        sides: The old and the new system.
        split: The split that tasks are taken from.
        terms: The margin, and when to stop.
        watch: Observes the running engine.

    Raises:
        EvolveError: There are too few tasks, the budget does not cover them, or an endpoint does
            not serve.
    """
    session = Session(settings, archive)
    _require_tasks(session, split)
    for number, side in enumerate(sides):
        session.state.add(Candidate(number=number, config=side.config, operator="seed"))
    session.bound_all()
    run = session.create_run(f"{settings.name}-gate")
    work = partial(_compare, session, sides, split, terms)
    return session.run(run, 0.0, watch, work, AGAIN)


def _require_tasks(session: Session, split: Split) -> None:
    """Checks that a split and the cap on evaluations leave enough tasks for a comparison."""
    tasks = session.tasks
    sizes: Mapping[str, int] = {
        "train": len(tasks.train),
        "validation": len(tasks.validation),
        "test": tasks.sealed,
    }
    if sizes[split] < FEWEST_TASKS:
        others = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise TaskError(
            f"split {split} has {sizes[split]} tasks and a comparison needs at least "
            f"{FEWEST_TASKS}; tasks by split: {others}; name another --split or add tasks"
        )
    most = session.settings.budget.evaluations
    if most is not None and most < 2 * FEWEST_TASKS:
        raise BudgetError(
            f"{most} evaluations allow {most // 2} tasks and a comparison needs at least "
            f"{FEWEST_TASKS}; raise --evaluations to {2 * FEWEST_TASKS} or more"
        )


async def _compare(
    session: Session, sides: tuple[Side, Side], split: Split, terms: Terms, engine: Engine
) -> Comparison:
    order = list(open_split(session, engine, split))
    Random(f"{session.settings.seed}/gate/0").shuffle(order)
    pairs = Pairs(session.state, order, terms)
    wanted = [(side, task) for task in order for side in (OLD, NEW)]
    await engine.confirm(wanted, pairs.limit)
    pairs.update()
    _require_result(engine, pairs, order)
    comparison = _result(session, engine, sides, split, terms, pairs)
    at, text = engine.clock.seconds, comparison.verdict.value
    session.archive.add_event(engine.parts.run, Event(at=at, kind=GATE, text=text))
    return comparison


def _require_result(engine: Engine, pairs: Pairs, order: Sequence[Task]) -> None:
    """Checks that a comparison was not interrupted, and that enough tasks were compared."""
    done = len(pairs.differences)
    if engine.stopped:
        raise StoppedError(f"stopped after {done} of {len(order)} tasks; {AGAIN}")
    if pairs.is_over or done >= FEWEST_TASKS:
        return
    why = f"{pairs.unscored} answers could not be scored"
    if engine.end_reason is not None:
        why = _ENDINGS.get(engine.end_reason, engine.end_reason.value)
    raise BudgetError(
        f"{done} of {len(order)} tasks were compared ({why}) and a comparison needs at least "
        f"{FEWEST_TASKS}; raise the caps or mend what failed"
    )


_ENDINGS = {
    EndReason.SPENT: "the budget allows no further task",
    EndReason.TIME_UP: "the time is up",
}


def _ended(engine: Engine, pairs: Pairs, verdict: Verdict) -> str:
    """Why a comparison ended."""
    if verdict in (Verdict.BETTER, Verdict.WORSE) or pairs.suffices:
        return "the verdict is clear"
    if pairs.all_seen:
        return "all tasks were compared"
    if engine.end_reason is not None:
        return _ENDINGS.get(engine.end_reason, engine.end_reason.value)
    return "the tasks that the caps allow are unlikely to change the verdict"


def _result(
    session: Session,
    engine: Engine,
    sides: tuple[Side, Side],
    split: Split,
    terms: Terms,
    pairs: Pairs,
) -> Comparison:
    old, new = (
        [session.state.confirmed[side, number] for number in pairs.compared] for side in (OLD, NEW)
    )
    unit = session.settings.objective.unit
    measured = [
        _measured(side, rollouts, session.state.confirmed, place, unit)
        for place, (side, rollouts) in enumerate(zip(sides, (old, new), strict=True))
    ]
    costs = [each.summary.cost for each in measured]
    verdict, number = pairs.verdict, len(pairs.differences)
    mean = sum(pairs.differences) / number
    return Comparison(
        run=engine.parts.run,
        verdict=verdict,
        ended=_ended(engine, pairs, verdict),
        terms=terms,
        split=split,
        tasks=number,
        available=len(pairs.order),
        unscored=pairs.unscored,
        difference=mean,
        interval=interval(pairs.differences, pairs.population),
        e_value=pairs.e_value,
        p_value=pairs.p_value,
        variance=sum((each - mean) ** 2 for each in pairs.differences) / number,
        old=measured[OLD],
        new=measured[NEW],
        cost_per_task=None if costs[0] is None or costs[1] is None else costs[1] - costs[0],
        unit=unit,
        looks=session.looks() if split == "test" else 0,
        simulated=session.models.simulated,
        judged=session.settings.tasks.scorer.judged,
    )


def _measured(
    side: Side,
    compared: Sequence[Rollout],
    settled: Mapping[tuple[int, int], Rollout],
    place: int,
    unit: CostUnit,
) -> Measured:
    every = [rollout for (candidate, _), rollout in settled.items() if candidate == place]
    spent = spent_on(every)
    return Measured(
        name=side.name,
        id=side.config.id,
        summary=summarise(compared, unit),
        evaluations=len(every),
        calls=spent.calls,
        tokens=spent.tokens,
        usd=spent.usd,
    )
