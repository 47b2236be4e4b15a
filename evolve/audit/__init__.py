"""What data and scorer can show of a system, before a search is paid for.

``repetitions``  the system several times on validation tasks, as a run in the archive
``noise``        how much scores differ between repetitions
``judge``        how far a judge's verdicts depend on chance and on length
``labels``       labels to look at first
``duplicates``   sealed tasks that other splits repeat
``power``        the smallest difference that sealed tasks can show
``prospects``    what bounds the gain of a search
"""

from dataclasses import dataclass
from functools import partial
from random import Random

from archive.records import Candidate, CostUnit, Event, Run
from archive.store import Archive
from evolve.audit.duplicates import Duplicates, duplicates_of
from evolve.audit.judge import JudgeFindings, ProbedJudge, examine_judge
from evolve.audit.labels import Labels, examine_labels
from evolve.audit.noise import Noise, noise_of
from evolve.audit.power import Power, power_of
from evolve.audit.prospects import Prospects, prospects_of
from evolve.audit.repetitions import AGAIN, FEWEST, Repeated, repeat, require_caps
from evolve.budget.ledger import Spend
from evolve.engine.loop import Engine
from evolve.engine.session import Session, Watch, unwatched
from evolve.errors import TaskError
from evolve.gate.sides import Side
from evolve.runfile.settings import RunSettings
from evolve.standings.one_thread import one_thread
from evolve.tasks.scorers.judge import Judge
from search_spaces.frozen import Frozen

AUDIT = "audit"
"""The kind of an event of a run that holds the findings as JSON."""


class Findings(Frozen):
    """What an audit found."""

    noise: Noise
    judge: JudgeFindings | None
    labels: Labels
    duplicates: Duplicates
    power: Power
    prospects: Prospects


@dataclass(frozen=True)
class Audit:
    """The findings about a system and its task set.

    Attributes:
        run: The run in the archive.
        system: The audited system.
        findings: What was found.
        repeats: How often each task was evaluated.
        asked: How many tasks were to be evaluated.
        unscored: Answers that could not be scored.
        given_up: Tasks that were left out because of it.
        spent: What all evaluations took, their judge and unscored answers included.
        unit: The unit of costs.
        simulated: Whether the models are simulated.
        judged: Whether the scores are a model's opinion.
    """

    run: Run
    system: Side
    findings: Findings
    repeats: int
    asked: int
    unscored: int
    given_up: int
    spent: Spend
    unit: CostUnit
    simulated: bool
    judged: bool


@one_thread()
def audit(
    settings: RunSettings,
    archive: Archive,
    system: Side,
    tasks: int,
    repeats: int,
    watch: Watch = unwatched,
) -> Audit:
    """Evaluates a system several times on validation tasks and examines what it shows.

    The sealed tasks are compared with others by their texts and truths, as their owner would before
    a search. None of them is evaluated, so that is no look at them.

    Args:
        settings: The tasks, models and budget to use.
        archive: Where to write.
        system: The system.
        tasks: The number of validation tasks at most.
        repeats: The number of evaluations of each, at least two.
        watch: Observes the running engine.

    Raises:
        EvolveError: There are too few tasks, the budget does not cover them, or an endpoint does
            not serve.
    """
    session = Session(_probed(settings), archive)
    available = len(session.tasks.validation)
    if min(available, tasks) < FEWEST:
        raise TaskError(
            f"an audit needs at least {FEWEST} validation tasks: there are {available} and --tasks "
            f"allows {tasks}; add tasks, change `tasks.splits` or raise --tasks"
        )
    require_caps(session, repeats)
    session.state.add(Candidate(number=0, config=system.config, operator="seed"))
    session.bound_all()
    run = session.create_run(f"{settings.name}-audit")
    work = partial(_audit, session, system, min(available, tasks), repeats)
    return session.run(run, 0.0, watch, work, AGAIN)


def _probed(settings: RunSettings) -> RunSettings:
    """The same settings with a judge that gives further verdicts, if a judge scores."""
    scorer = settings.tasks.scorer
    if not isinstance(scorer, Judge):
        return settings
    probed = settings.tasks.model_copy(update={"scorer": ProbedJudge.of(scorer)})
    return settings.model_copy(update={"tasks": probed})


async def _audit(session: Session, system: Side, tasks: int, repeats: int, engine: Engine) -> Audit:
    # In the order of a search, so that it need not buy the same evaluations of this system again.
    asked, unscored = list(session.state.tasks)[:tasks], session.state.unscored
    repeated = await repeat(session, engine, asked, repeats)
    found = _findings(session, system, repeated)
    event = Event(at=engine.clock.seconds, kind=AUDIT, text=found.model_dump_json())
    session.archive.add_event(engine.parts.run, event)
    return Audit(
        run=engine.parts.run,
        system=system,
        findings=found,
        repeats=repeats,
        asked=tasks,
        unscored=unscored.total(),
        given_up=sum(unscored.is_abandoned(0, task.number) for task in asked),
        spent=session.state.ledger.settled,
        unit=session.settings.objective.unit,
        simulated=session.models.simulated,
        judged=session.settings.tasks.scorer.judged,
    )


def _findings(session: Session, system: Side, repeated: list[Repeated]) -> Findings:
    settings, tasks = session.settings, session.tasks
    seen, sealed = (*tasks.train, *tasks.validation), tasks.unseal()
    noise, scorer = noise_of(repeated), settings.tasks.scorer
    prospects = prospects_of(settings, system.config, tasks, repeated)
    judge = scorer if isinstance(scorer, ProbedJudge) else None
    return Findings(
        noise=noise,
        judge=None if judge is None else examine_judge(repeated, judge, noise),
        labels=examine_labels(repeated, (*seen, *sealed)),
        duplicates=duplicates_of(seen, sealed, Random(f"{settings.seed}/audit/0")),
        power=power_of(
            noise,
            prospects.score,
            tasks=session.guard.sealed,
            # The best seed, and two controls.
            comparisons=3 if settings.confirm.controls else 1,
        ),
        prospects=prospects,
    )
