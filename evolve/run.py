"""Runs from beginning to end: start one, resume one, score one system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from archive.reading import Reader
from archive.records import (
    Candidate,
    Confirmation,
    Event,
    Purpose,
    Run,
    Split,
    Standing,
)
from archive.store import Archive
from evolve.arithmetic import one_thread
from evolve.caps import CAPS, REOPENED, budget_of, with_caps
from evolve.confirmation import Summary, compare, summarise
from evolve.engine import Engine
from evolve.errors import BudgetError, RunError, StoppedError
from evolve.executors.base import Executor
from evolve.ledger import Spend
from evolve.restoring import Restored, restore
from evolve.seeding import seed_configurations
from evolve.session import Session, Watch, shared_order, unwatched
from evolve.settings import RunSettings, as_json, from_json
from evolve.state import SearchState
from evolve.tasks.base import Task
from evolve.tasks.files import LEAST
from search_spaces.config import SystemConfig
from search_spaces.errors import EvolveError


@dataclass(frozen=True)
class Result:
    """What a search came to; without a winner where it was stopped before."""

    run: Run
    ended: str
    simulated: bool
    spend: Mapping[Purpose, Spend]
    winner: Candidate | None = None
    standing: Standing | None = None
    confirmation: Confirmation | None = None
    stopped: bool = False
    judged: bool = False
    unscored: int = 0


@dataclass(frozen=True)
class Evaluation:
    """How one system did on a whole split; ``looks`` counts the looks at a test split."""

    run: Run
    split: Split
    summary: Summary
    looks: int
    simulated: bool
    judged: bool = False
    unscored: int = 0


@one_thread()
def start(settings: RunSettings, archive: Archive, watch: Watch = unwatched) -> Result:
    """Runs a search from its seeds to the confirmed winner.

    Args:
        settings: What to run.
        archive: Where to write.
        watch: Who looks on.

    Raises:
        EvolveError: The run cannot start as asked, or an endpoint does not serve.
    """
    session = prepare(settings, archive)
    run = _new_run(session, settings.name)
    restored = Restored(decided=0, pending={}, resumes_at=0.0)
    return session.run(run, 0.0, watch, lambda engine: _search(session, engine, restored))


def prepare(settings: RunSettings, archive: Archive) -> Session:
    """Puts a run together that could start; nothing is written or bought.

    Args:
        settings: What to run.
        archive: Where it would write.

    Raises:
        EvolveError: The run cannot start as asked.
    """
    session = Session(settings, archive)
    for number, config in enumerate(seed_configurations(settings)):
        session.state.add(Candidate(number=number, config=config, operator="seed"))
    session.admit_all()
    session.admission.set_aside()
    if not any(session.state.ledger.fits(worst) for worst in session.admission.worst):
        raise BudgetError(
            "the budget does not cover one evaluation and the confirmation of a winner beside "
            "the best seed; raise `budget`, or lower `confirm.tasks` or the models' `max_tokens`"
        )
    if not session.state.ledger.fits(session.admission.proposing):
        raise BudgetError(
            "the budget does not cover one proposal of the strategy and the confirmation of a "
            "winner; raise `budget`, or lower what the strategy may show and ask"
        )
    return session


@one_thread()
def resume(
    archive: Archive,
    ref: str | None = None,
    caps: Mapping[str, float | None] = {},
    watch: Watch = unwatched,
    executor: Executor | None = None,
) -> Result:
    """Goes on with a run exactly where its settled results end.

    With other caps a finished run goes on, too, and confirms its winner anew if that is another.

    Args:
        archive: Where the run is.
        ref: Its id; None means the newest.
        caps: Caps of the budget to set anew, from then on; None keeps one as it is.
        watch: Who looks on.
        executor: Where work is done from now on; None: where it was.

    Raises:
        EvolveError: There is no such run, it is finished, or an endpoint does not serve.
    """
    run = archive.run(ref)
    settings = settings_of(run)
    if run.name != settings.name:
        raise RunError(f"run {run.id} scored one system; score it again with `evolve eval`")
    known = budget_of(archive, run)
    budget = with_caps(known, caps)
    if run.status == "finished" and budget == known:
        raise RunError(
            f"run {run.id} is finished; look at it with `evolve archive show`, or raise a cap to "
            "go on with it, as in `evolve resume --usd 5`"
        )
    changed = {"budget": budget, "executor": executor or settings.executor}
    session = Session(settings.model_copy(update=changed), archive)
    restored = restore(archive, run, settings, session.state)
    session.admit_all()
    with archive.group():
        if budget != known:
            text = budget.model_dump_json(exclude_none=True)
            archive.add_event(run, Event(at=restored.resumes_at, kind=CAPS, text=text))
        if run.status == "finished":
            text = "it goes on with other caps"
            archive.add_event(run, Event(at=restored.resumes_at, kind=REOPENED, text=text))
        run = archive.set_status(run, "running")
    return session.run(
        run,
        restored.resumes_at,
        watch,
        lambda engine: _search(session, engine, restored),
    )


@one_thread()
def evaluate(
    settings: RunSettings,
    archive: Archive,
    config: SystemConfig,
    split: Split,
    watch: Watch = unwatched,
) -> Evaluation:
    """Scores one system on a whole split; the archive keeps it as a run of its own.

    Args:
        settings: Whose tasks, models and budget to use.
        archive: Where to write; a look at the test split is counted there.
        config: The system.
        split: Which tasks.
        watch: Who looks on.

    Raises:
        EvolveError: The budget does not cover it, or an endpoint does not serve.
    """
    session = Session(settings, archive)
    session.state.add(Candidate(number=0, config=config, operator="seed"))
    session.admit_all()
    run = _new_run(session, f"{settings.name}-eval")
    return session.run(run, 0.0, watch, lambda engine: _score(session, engine, split))


@one_thread()
def score_on(
    settings: RunSettings,
    archive: Archive,
    name: str,
    pairs: Sequence[tuple[SystemConfig, int]],
) -> dict[tuple[str, int], float]:
    """Scores systems on single validation tasks; the archive keeps it as a run of its own.

    Args:
        settings: Whose tasks, models and budget to use.
        archive: Where to write.
        name: What the run is called.
        pairs: Systems and the places of tasks in the order that all candidates share.

    Returns:
        The scores by content id and place; those that nobody could give are left out.

    Raises:
        EvolveError: It was stopped, or an endpoint does not serve.
    """
    session = Session(settings, archive)
    systems = list({config.id: config for config, _ in pairs}.values())
    for number, config in enumerate(systems):
        session.state.add(Candidate(number=number, config=config, operator="seed"))
    session.admit_all()
    wanted = {(session.state.number_of[config.id], place) for config, place in pairs}
    order = [(number, session.state.tasks[place]) for number, place in sorted(wanted)]
    run = _new_run(session, name)

    async def work(engine: Engine) -> None:
        await engine.confirm(order)
        if engine.stopped:
            raise StoppedError("it was stopped before everything was scored; start it again")

    session.run(run, 0.0, unwatched, work)
    confirmed, tasks = session.state.confirmed, session.state.tasks
    return {
        (systems[number].id, place): confirmed[number, tasks[place].number].score.value
        for number, place in wanted
        if (number, tasks[place].number) in confirmed
    }


@one_thread()
def replay(archive: Reader, run: Run) -> SearchState:
    """Learns a run again from its first result; nothing is bought."""
    settings = settings_of(run)
    tasks = shared_order(settings.tasks.load(settings.seed), settings)
    state = SearchState(tasks, settings.budget)
    restore(archive, run, settings, state, replay=True)
    return state


@one_thread()
def check_replay(archive: Reader, run: Run) -> list[str]:
    """What a finished run's kept standings lack or add against what its results say."""
    if run.status != "finished":
        return []
    try:
        again = replay(archive, run).standings.all()
    except EvolveError as error:
        return [f"run {run.id} cannot be learned again: {error}"]
    kept = {standing.candidate: standing for standing in archive.standings(run)}
    return [
        f"run {run.id}: the standing of candidate {standing.candidate} is not what its results say"
        for standing in again
        if kept.get(standing.candidate) != standing
    ]


def settings_of(run: Run) -> RunSettings:
    """The settings that a run was started with."""
    return from_json(run.settings, f"the settings of run {run.id}")


def _new_run(session: Session, name: str) -> Run:
    settings, archive = session.settings, session.archive
    with archive.group():
        run = archive.create_run(name, settings.seed, as_json(settings), session.tasks.records)
        for candidate in session.state.candidates:
            archive.add_candidate(run, candidate)
    return run


async def _search(session: Session, engine: Engine, restored: Restored) -> Result:
    """Searches, unless that is over already, and confirms."""
    state, run = session.state, engine.parts.run
    looks = session.archive.looks(run)
    reopened = sum(event.kind == REOPENED for event in session.archive.events(run))
    if looks:
        state.unseal(session.sealed())
    engine.resume(restored)
    if len(looks) <= reopened:
        await engine.search()
        best, seed = _name(session, engine)
    else:
        named = looks[-1].what
        pairs = product(state.standings.all(), state.seeds)
        best, seed = next(
            (pair for pair in pairs if _naming(pair[0].candidate, pair[1]) == named),
            (None, state.best_seed()),
        )
    ended = engine.ended or "the search was over"
    came_to = partial(
        Result,
        run,
        simulated=session.models.simulated,
        spend=state.ledger.by_purpose,
        judged=session.settings.tasks.scorer.judged,
    )
    if best is None or engine.stopped:
        return came_to(ended, unscored=state.unscored.total(), stopped=engine.stopped)
    confirmation = await _confirm(session, engine, best.candidate, seed)
    if engine.stopped:
        return came_to(engine.ended, unscored=state.unscored.total(), stopped=True)
    return came_to(
        ended,
        winner=state.candidates[best.candidate],
        standing=best,
        confirmation=confirmation,
        unscored=state.unscored.total(),
    )


def _name(session: Session, engine: Engine) -> tuple[Standing | None, int]:
    """Who is to be confirmed, and beside which seed.

    The best beside the best seed; but who cannot be afforded is no use while somebody else can.
    """
    state, objective = session.state, session.settings.objective
    standings = [each for each in state.standings.all() if each.evaluations]
    for seed in state.seeds_by_mean():
        affordable = partial(engine.admission.can_confirm, beside=seed)
        if best := objective.best(each for each in standings if affordable(each.candidate)):
            return best, seed
    return objective.best(standings), state.best_seed()


def _naming(winner: int, seed: int) -> str:
    """What a look at the sealed tasks is for; a resumed run confirms whom it names."""
    return f"confirming candidate {winner} beside seed {seed}"


async def _confirm(session: Session, engine: Engine, winner: int, seed: int) -> Confirmation | None:
    run, confirmed = engine.parts.run, session.state.confirmed
    tasks = session.sealed()
    session.count_look(engine, _naming(winner, seed), tasks)
    contestants = tuple(dict.fromkeys((winner, seed)))
    await engine.confirm([(candidate, task) for task in tasks for candidate in contestants])
    done = [t.number for t in tasks if all((c, t.number) in confirmed for c in contestants)]
    if engine.stopped or len(done) < LEAST:
        return None
    confirmation = compare(
        [confirmed[winner, number] for number in done],
        [confirmed[seed, number] for number in done],
        looks=session.looks(),
    )
    if (best := session.state.best_seed()) != seed:
        confirmation = confirmation.model_copy(update={"dearer_seed": best})
    session.archive.add_confirmation(run, confirmation)
    return confirmation


async def _score(session: Session, engine: Engine, split: Split) -> Evaluation:
    """Evaluates the only candidate on every task of a split."""
    tasks = _tasks_of(session, engine, split)
    await engine.confirm([(0, task) for task in tasks])
    confirmed = session.state.confirmed
    rollouts = [confirmed[0, task.number] for task in tasks if (0, task.number) in confirmed]
    if len(rollouts) < len(tasks) and engine.stopped:
        raise StoppedError(f"stopped after {len(rollouts)} of {len(tasks)} tasks; start it again")
    given_up = sum(session.state.gave_up(0, task.number) for task in tasks)
    if len(rollouts) < max(LEAST, len(tasks) - given_up):
        raise BudgetError(
            f"{len(rollouts)} of {len(tasks)} tasks were scored ({engine.ended}); raise `budget` "
            "to score the system on the whole split"
        )
    return Evaluation(
        engine.parts.run,
        split,
        summarise(rollouts),
        looks=session.looks() if split == "test" else 0,
        simulated=session.models.simulated,
        judged=session.settings.tasks.scorer.judged,
        unscored=given_up,
    )


def _tasks_of(session: Session, engine: Engine, split: Split) -> Sequence[Task]:
    if split == "test":
        tasks: Sequence[Task] = session.tasks.unseal()
        session.count_look(engine, "evaluating a system", tasks)
        return tasks
    tasks = session.tasks.train if split == "train" else session.tasks.validation
    session.state.unseal(tasks)
    return tasks
