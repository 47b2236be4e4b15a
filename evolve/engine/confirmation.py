"""The confirmation at the end of a search: which candidate, beside which others, on sealed tasks.

The winner and the best seed come first. Controls (`controls`) follow with what is left, one after
the other, each only if all of its evaluations fit.
"""

from collections.abc import Sequence
from functools import partial

from archive.controls import CONTROL, Control
from archive.records import Candidate, Confirmation, Look, Rollout, Standing
from evolve.engine.controls import control_candidate, plan_controls
from evolve.engine.loop import Engine
from evolve.engine.session import Session
from evolve.engine.state import SearchState
from evolve.errors import RunError
from evolve.evidence.confirmation import compare
from evolve.runtime.windows import check_windows
from evolve.tasks.base import Task
from evolve.tasks.files import LEAST
from search_spaces.config import SystemConfig
from search_spaces.parts import changed_parts


def choose(session: Session, engine: Engine) -> tuple[Standing | None, int]:
    """The candidate to confirm, and the seed that it is compared with.

    The best candidate and the best seed, as long as some candidate is affordable beside that seed;
    otherwise the next best seed that leaves an affordable candidate.
    """
    state, objective = session.state, session.settings.objective
    standings = [each for each in state.standings.all() if each.evaluations]
    for seed in state.seeds_by_mean():
        affordable = partial(engine.guard.can_confirm, beside=seed, at=engine.clock.seconds)
        if best := objective.best(each for each in standings if affordable(each.candidate)):
            return best, seed
    return objective.best(standings), state.best_seed()


def choice_of(state: SearchState, look: Look) -> tuple[Standing | None, int]:
    """The choice of an interrupted run that had begun its confirmation."""
    if look.winner is None or look.seed is None:
        return None, state.best_seed()
    return state.standings.all()[look.winner], look.seed


async def confirm(session: Session, engine: Engine, winner: int, seed: int) -> Confirmation | None:
    """Compares the winner with a seed and with controls on sealed tasks, and records it.

    Returns None if the engine was stopped, or if too few tasks were scored for winner and seed.
    """
    state, tasks = session.state, session.sealed()
    controls = partial(_make_controls, session, engine, winner, seed)
    look = session.count_look(engine, tasks, "confirm", winner, seed, controls)
    await _evaluate(engine, tasks, winner, seed)
    both = [t for t in tasks if all((c, t.number) in state.confirmed for c in (winner, seed))]
    if engine.stopped or len(both) < LEAST:
        return None
    tested = []
    for control in look.controls:
        tested.append((control, await _test(session, engine, control, winner, both)))
        if engine.stopped:
            return None
    confirmation = compare(
        _rollouts(state, winner, both),
        _rollouts(state, seed, both),
        tested,
        looks=session.looks(),
        unit=session.settings.objective.unit,
    )
    before, after = (state.candidates[each].config for each in (seed, winner))
    found: dict[str, object] = {"changes": changed_parts(before, after)}
    if (best := state.best_seed()) != seed:
        found["unaffordable_seed"] = best
    confirmation = confirmation.model_copy(update=found)
    session.archive.add_confirmation(engine.parts.run, confirmation)
    return confirmation


def _make_controls(session: Session, engine: Engine, winner: int, seed: int) -> list[Control]:
    """The controls of a winner; those that the search has not made become candidates."""
    if not session.settings.confirm.controls:
        return []
    state, made = session.state, []
    before = len(state.candidates)
    for planned in plan_controls(state, winner, seed, session.settings.answering):
        if planned.config is not None and not _fits_windows(session, planned.config):
            continue
        number = None
        if planned.config is not None:
            number = state.candidates.number_of.get(planned.config.id)
            if number is None:
                number = _add(session, engine, control_candidate(planned, state))
        made.append(planned.control.model_copy(update={"candidate": number}))
    if len(state.candidates) > before:
        engine.save()
    return made


def _fits_windows(session: Session, config: SystemConfig) -> bool:
    """Whether the prompts of a system fit into the contexts of its models."""
    try:
        check_windows(config, session.tasks.longest, session.models, session.toolbox)
    except RunError:
        return False
    return True


def _add(session: Session, engine: Engine, candidate: Candidate) -> int:
    session.archive.add_candidate(engine.parts.run, candidate)
    session.state.add(candidate)
    engine.guard.worst.add(candidate.config)
    return candidate.number


async def _evaluate(engine: Engine, tasks: Sequence[Task], *candidates: int) -> None:
    """Evaluates candidates on tasks, unless that is done.

    A resumed run thus goes on with the candidates that it was at.
    """
    pairs = [(candidate, task) for task in tasks for candidate in dict.fromkeys(candidates)]
    if not all(_is_settled(engine.state, candidate, task) for candidate, task in pairs):
        await engine.confirm(pairs)


async def _test(
    session: Session, engine: Engine, control: Control, winner: int, tasks: Sequence[Task]
) -> dict[int, Rollout] | None:
    """The rollouts of a control; None if there is none, or if the budget does not cover them."""
    state, number = session.state, control.candidate
    if number is None or engine.stopped:
        return None
    if _has_begun(engine, number, tasks) or _is_affordable(session, engine, control, winner):
        await _evaluate(engine, tasks, number)
    done = all(_is_settled(state, number, task) for task in tasks)
    rollouts = _rollouts(state, number, tasks)
    return rollouts if done and len(rollouts) >= LEAST else None


def _has_begun(engine: Engine, candidate: int, tasks: Sequence[Task]) -> bool:
    """Whether a candidate has an evaluation on some of these tasks, settled or open."""
    state, numbers = engine.state, {task.number for task in tasks}
    opened = {(each.candidate, each.task) for each in engine.purchases.open.values()}
    pairs = [(candidate, number) for number in numbers]
    return any(
        pair in state.confirmed or pair in opened or state.unscored.times(*pair) for pair in pairs
    )


def _is_affordable(session: Session, engine: Engine, control: Control, winner: int) -> bool:
    """Whether what is left covers all evaluations of a control.

    Its cost is known by that of the candidate that it was made from.
    """
    assert control.candidate is not None
    candidate = session.state.candidates[control.candidate]
    made = candidate.operator == CONTROL
    like = candidate.parents[0].candidate if made else candidate.number
    turns = -(-engine.guard.sealed // session.settings.concurrency)
    seconds = engine.clock.seconds + turns * engine.guard.seconds_of(winner)
    most = session.settings.budget.seconds
    in_time = most is None or seconds < most
    return in_time and engine.guard.can_test(candidate.number, like=like)


def _is_settled(state: SearchState, candidate: int, task: Task) -> bool:
    """Whether a candidate has a score on a task, or is not evaluated on it again."""
    pair = candidate, task.number
    return pair in state.confirmed or state.unscored.is_abandoned(*pair)


def _rollouts(state: SearchState, candidate: int, tasks: Sequence[Task]) -> dict[int, Rollout]:
    """The rollouts of a candidate on tasks that it has a score on."""
    numbers = [task.number for task in tasks if (candidate, task.number) in state.confirmed]
    return {number: state.confirmed[candidate, number] for number in numbers}
