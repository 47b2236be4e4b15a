"""Starts and resumes a run: from its seeds to the confirmed winner."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from archive.records import Candidate, Confirmation, Event, Purpose, Run, Standing, Usage
from archive.store import Archive
from evolve.budget.binding import require_binding
from evolve.budget.ledger import Budget, Spend
from evolve.engine.caps import CAPS, REOPENED, budget_of, raising, with_caps
from evolve.engine.confirmation import choice_of, choose, confirm
from evolve.engine.loop import Engine
from evolve.engine.recorded import (
    TASKS,
    fitted,
    keep_settings,
    require_same_tasks,
    require_task_file,
    settings_of,
    usable_settings,
)
from evolve.engine.restore import Restored, restore
from evolve.engine.seeds import seed_configurations
from evolve.engine.session import Session, Watch, unwatched
from evolve.engine.stopping import EndReason
from evolve.errors import BudgetError, RunError
from evolve.executors.base import Executor
from evolve.models.price import Price
from evolve.runfile.consent import Consent, refuse_all
from evolve.runfile.settings import RunSettings
from evolve.runtime.windows import check_windows
from evolve.standings.one_thread import one_thread


@dataclass(frozen=True)
class Result:
    """The result of a search; it has no winner if it was stopped before the confirmation."""

    run: Run
    ended: EndReason
    simulated: bool
    spend: Mapping[Purpose, Spend]
    winner: Candidate | None = None
    standing: Standing | None = None
    confirmation: Confirmation | None = None
    stopped: bool = False
    judged: bool = False
    unscored: int = 0
    unpriced: tuple[str, ...] = ()
    """The models without a price, if others have one."""
    cached_share: float = 0.0
    """The share of the prompt tokens that endpoints held in their prompt caches, as reported."""


@one_thread()
def start(settings: RunSettings, archive: Archive, watch: Watch = unwatched) -> Result:
    """Runs a search from its seeds to the confirmed winner.

    Args:
        settings: What to run.
        archive: Where to write.
        watch: Observes the running engine.

    Raises:
        EvolveError: The run cannot start with these settings, or an endpoint does not answer.
    """
    session = prepare(settings, archive)
    run = session.create_run(settings.name)
    archive.add_event(run, Event(at=0.0, kind=TASKS, text=session.tasks.digest))
    restored = Restored(decided=0, pending={}, resumes_at=0.0)
    return session.run(run, 0.0, watch, lambda engine: _search(session, engine, restored))


def _prices(settings: RunSettings) -> list[Price | None]:
    """The prices of the models that a search calls as long as it goes on."""
    return [settings.models[name].price for name in settings.searching]


def prepare(settings: RunSettings, archive: Archive) -> Session:
    """Builds a run and checks that it can start; nothing is written or bought.

    Args:
        settings: What to run.
        archive: Where it would write.

    Raises:
        EvolveError: The run cannot start with these settings.
    """
    require_binding(settings.budget, _prices(settings))
    session = Session(settings, archive)
    for number, config in enumerate(seed_configurations(settings)):
        check_windows(config, session.tasks.longest, session.models, session.toolbox)
        session.state.add(Candidate(number=number, config=config, operator="seed"))
    session.bound_all()
    session.guard.set_aside()
    if not any(session.state.ledger.fits(worst) for worst in session.guard.worst):
        raise BudgetError(
            "the budget does not cover one evaluation and the confirmation of a winner beside "
            "the best seed; raise `budget`, or lower `confirm.tasks` or the models' `max_tokens`"
        )
    if not session.state.ledger.fits(session.guard.worst.proposal()):
        raise BudgetError(
            "the budget does not cover one proposal of the strategy and the confirmation of a "
            "winner; raise `budget`, or shorten the strategy's prompts"
        )
    return session


@one_thread()
def resume(
    archive: Archive,
    ref: str | None = None,
    caps: Mapping[str, float | None] = {},
    watch: Watch = unwatched,
    executor: Executor | None = None,
    consent: Consent = refuse_all,
    settings: RunSettings | None = None,
) -> Result:
    """Continues a run exactly after its last settled result.

    With other caps a finished run continues too, and is confirmed again if its winner changes.

    Args:
        archive: Where the run is.
        ref: Its id; None means the newest.
        caps: New caps of the budget; None keeps the present one.
        watch: Observes the running engine.
        executor: Replaces the run's executor.
        consent: Asked before settings are used that have not been run on this machine.
        settings: Replace the settings in the archive, for instance after the run file was moved;
            their tasks must be the same.

    Raises:
        EvolveError: There is no such run, it is finished, or an endpoint does not answer.
    """
    run = archive.run(ref)
    recorded = settings_of(archive, run)
    if run.name != recorded.name:
        raise RunError(
            f"run {run.id} is not a search; start it again with `evolve eval`, `evolve gate` or "
            "`evolve audit`"
        )
    known = budget_of(archive, run)
    replaced = settings is not None
    if settings is None:
        settings = usable_settings(archive, run, consent)
    else:
        settings = fitted(archive, run, settings)
    require_task_file(run, settings)
    caps_changed = replaced and settings.budget != recorded.budget
    budget = with_caps(settings.budget if caps_changed else known, caps)
    if run.status == "finished" and budget == known:
        raise RunError(
            f"run {run.id} is finished; look at it with `evolve archive show`, or raise a cap to "
            f"continue it, as in `{raising(known)}`"
        )
    require_binding(budget, _prices(settings))
    changed = {"budget": budget, "executor": executor or settings.executor}
    session = Session(settings.model_copy(update=changed), archive)
    require_same_tasks(archive, run, session.tasks)
    restored = restore(archive, run, session.settings, session.state)
    session.bound_all()
    with archive.group():
        if replaced:
            keep_settings(archive, run, settings, restored.resumes_at)
        run = _reopened(archive, run, budget if budget != known else None, restored.resumes_at)
    return session.run(
        run, restored.resumes_at, watch, lambda engine: _search(session, engine, restored)
    )


def _reopened(archive: Archive, run: Run, changed: Budget | None, at: float) -> Run:
    """The run as running again, with events that say what changed."""
    if changed is not None:
        text = changed.model_dump_json(exclude_none=True)
        archive.add_event(run, Event(at=at, kind=CAPS, text=text))
    if run.status == "finished":
        text = "continued with other caps"
        archive.add_event(run, Event(at=at, kind=REOPENED, text=text))
    return archive.set_status(run, "running")


async def _search(session: Session, engine: Engine, restored: Restored) -> Result:
    """Searches, unless the search has already ended, and confirms the winner."""
    state, run = session.state, engine.parts.run
    looks = session.archive.looks(run)
    reopened = sum(event.kind == REOPENED for event in session.archive.events(run))
    if looks:
        state.tasks.unseal(session.sealed())
    engine.resume(restored)
    if len(looks) <= reopened:
        await engine.search()
        best, seed = choose(session, engine)
    else:
        best, seed = choice_of(state, looks[-1])
    ended = engine.end_reason or EndReason.ALREADY_OVER
    result = partial(
        Result,
        run,
        simulated=session.models.simulated,
        spend=state.ledger.by_purpose,
        judged=session.settings.tasks.scorer.judged,
        unpriced=session.settings.unpriced,
    )
    if best is None or engine.stopped:
        return result(ended, unscored=state.unscored.total(), stopped=engine.stopped)
    confirmation = await confirm(session, engine, best.candidate, seed)
    if engine.stopped:
        return result(EndReason.STOPPED, unscored=state.unscored.total(), stopped=True)
    return result(
        ended,
        winner=state.candidates[best.candidate],
        standing=best,
        confirmation=confirmation,
        unscored=state.unscored.total(),
        cached_share=Usage.total(session.archive.spend(run).values()).cached_share,
    )
