"""Evaluations outside a search: one system on a whole split, or systems on single tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.records import Candidate, Run, Split
from archive.store import Archive
from evolve.engine.loop import Engine
from evolve.engine.session import Session, Watch, unwatched
from evolve.engine.stopping import EndReason
from evolve.errors import BudgetError, StoppedError
from evolve.evidence.confirmation import Summary, summarise
from evolve.runfile.settings import RunSettings
from evolve.standings.one_thread import one_thread
from evolve.tasks.base import Task
from evolve.tasks.files import LEAST
from search_spaces.config import SystemConfig

AGAIN = "start the command again: replies that arrived are not paid for twice"
"""What to do after an outage of an evaluation, which `evolve resume` does not continue."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of one system on a whole split; ``looks`` counts the looks at a test split.

    ``usd`` is its mean cost in USD, whatever the unit of the run; None if a price is unknown.
    """

    run: Run
    split: Split
    summary: Summary
    looks: int
    simulated: bool
    judged: bool = False
    unscored: int = 0
    usd: float | None = None


@one_thread()
def evaluate(
    settings: RunSettings,
    archive: Archive,
    config: SystemConfig,
    split: Split,
    watch: Watch = unwatched,
) -> Evaluation:
    """Scores one system on a whole split, as a run of its own in the archive.

    Args:
        settings: The tasks, models and budget to use.
        archive: Where to write; a look at the test split is counted there.
        config: The system.
        split: The split to score it on.
        watch: Observes the running engine.

    Raises:
        EvolveError: The budget does not cover it, or an endpoint does not answer.
    """
    session = Session(settings, archive)
    session.state.add(Candidate(number=0, config=config, operator="seed"))
    session.bound_all()
    run = session.create_run(f"{settings.name}-eval")
    return session.run(run, 0.0, watch, lambda engine: _score(session, engine, split), AGAIN)


@one_thread()
def score_on(
    settings: RunSettings,
    archive: Archive,
    name: str,
    pairs: Sequence[tuple[SystemConfig, int]],
) -> dict[tuple[str, int], float]:
    """Scores systems on single validation tasks, as a run of its own in the archive.

    Args:
        settings: The tasks, models and budget to use.
        archive: Where to write.
        name: The name of the run.
        pairs: Systems, and columns of tasks in the order that all candidates share.

    Returns:
        The scores by content id and column; answers that could not be scored are left out.

    Raises:
        EvolveError: The run was stopped, or an endpoint does not answer.
    """
    session = Session(settings, archive)
    systems = list({config.id: config for config, _ in pairs}.values())
    for number, config in enumerate(systems):
        session.state.add(Candidate(number=number, config=config, operator="seed"))
    session.bound_all()
    wanted = {(session.state.candidates.number_of[config.id], column) for config, column in pairs}
    order = [(number, session.state.tasks[column]) for number, column in sorted(wanted)]
    run = session.create_run(name)

    async def work(engine: Engine) -> None:
        await engine.confirm(order)
        if engine.stopped:
            raise StoppedError("stopped before everything was scored; start it again")

    session.run(run, 0.0, unwatched, work, AGAIN)
    confirmed, tasks = session.state.confirmed, session.state.tasks
    return {
        (systems[number].id, column): confirmed[number, tasks[column].number].score.value
        for number, column in wanted
        if (number, tasks[column].number) in confirmed
    }


async def _score(session: Session, engine: Engine, split: Split) -> Evaluation:
    """Evaluates the only candidate on every task of a split."""
    tasks = open_split(session, engine, split)
    await engine.confirm([(0, task) for task in tasks])
    confirmed = session.state.confirmed
    rollouts = [confirmed[0, task.number] for task in tasks if (0, task.number) in confirmed]
    if len(rollouts) < len(tasks) and engine.stopped:
        raise StoppedError(f"stopped after {len(rollouts)} of {len(tasks)} tasks; start it again")
    given_up = sum(session.state.unscored.is_abandoned(0, task.number) for task in tasks)
    if len(rollouts) < max(LEAST, len(tasks) - given_up):
        late = engine.end_reason is EndReason.TIME_UP
        why = "the time is up" if late else "the budget allows no further purchase"
        raise BudgetError(
            f"{len(rollouts)} of {len(tasks)} tasks were scored ({why}); raise `budget` "
            "to score the system on the whole split"
        )
    return Evaluation(
        engine.parts.run,
        split,
        summarise(rollouts, session.settings.objective.unit),
        looks=session.looks() if split == "test" else 0,
        simulated=session.models.simulated,
        judged=session.settings.tasks.scorer.judged,
        unscored=given_up,
        usd=summarise(rollouts, "usd").cost,
    )


def open_split(session: Session, engine: Engine, split: Split) -> Sequence[Task]:
    """The tasks of a split, ready to be evaluated; opening the test split counts as a look."""
    if split == "test":
        tasks: Sequence[Task] = session.tasks.unseal()
        session.count_look(engine, tasks, "evaluate")
        return tasks
    tasks = session.tasks.train if split == "train" else session.tasks.validation
    session.state.tasks.unseal(tasks)
    return tasks
