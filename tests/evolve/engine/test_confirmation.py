"""A winner is confirmed beside controls, with what is left of the budget."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from archive.controls import CONTROL
from archive.reading import Reader
from archive.records import Confirmation, Look
from archive.store import Archive
from evolve.engine.replay import check_replay
from evolve.engine.run import Result, resume, start
from evolve.runfile.settings import RunSettings
from tests.evolve.engine.killing import Killed, killed_at
from tests.evolve.runs import facts, settings

TASKS = 10
EVALUATIONS = 150
TEAM_WINS = {
    "seeds": {"library": ["single"]},
    "budget": {"evaluations": EVALUATIONS},
    "confirm": {"tasks": TASKS},
    "seed": 4,
}


def chosen(**changes: object) -> RunSettings:
    """A search in which a team wins, so that there is a single-agent control."""
    return settings(**{**TEAM_WINS, **changes})


def confirm_with(archive: Archive, **changes: object) -> tuple[Result, Confirmation, Look]:
    result = start(chosen(**changes), archive)
    assert result.confirmation is not None
    (look,) = archive.looks(archive.run())
    return result, result.confirmation, look


def sealed_evaluations(archive: Reader, candidate: int | None) -> int:
    return sum(
        each.candidate == candidate for each in archive.rollouts(archive.run(), purpose="confirm")
    )


def test_a_winner_is_confirmed_beside_a_control() -> None:
    with Archive.in_memory() as archive:
        result, confirmation, look = confirm_with(archive)
        run = archive.run()
        (control,) = confirmation.controls
        assert control.tested is not None
        assert control.tested.tasks == TASKS
        assert control.kind == "single"
        assert control.candidate is not None
        assert [each.candidate for each in look.controls] == [control.candidate]
        candidate = archive.candidate(run, control.candidate)
        assert candidate.operator == CONTROL
        assert candidate.config.agents[0].samples == control.votes
        assert result.winner is not None
        assert result.winner.operator != CONTROL
        (standing,) = (s for s in archive.standings(run) if s.candidate == control.candidate)
        assert standing.evaluations == 0, "it takes no part in the search"
        assert confirmation.changes
        assert archive.integrity() == []
        assert check_replay(archive, run) == []


def test_controls_can_be_turned_off() -> None:
    with Archive.in_memory() as archive:
        _, confirmation, look = confirm_with(archive, confirm={"tasks": TASKS, "controls": False})
        assert confirmation.controls == look.controls == ()
        assert all(each.operator != CONTROL for each in archive.candidates(archive.run()))


def test_a_control_that_the_budget_does_not_cover_is_left_out_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nothing is set aside for controls, and the search spends the rest.
    monkeypatch.setattr("evolve.budget.reserve.CONTROLS_SHARE", 1e-9)
    with Archive.in_memory() as archive:
        _, confirmation, _ = confirm_with(archive)
        (control,) = confirmation.controls
        assert confirmation.tasks == TASKS
        assert control.tested is None
        assert sealed_evaluations(archive, control.candidate) == 0
        assert len(list(archive.rollouts(archive.run()))) <= EVALUATIONS


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "budget", [{"calls": 400}, {"tokens": 100_000}, {"usd": 0.05}, {"evaluations": 120}]
)
def test_no_cap_is_exceeded_by_controls(budget: dict[str, float], seed: int) -> None:
    with Archive.in_memory() as archive:
        result = start(chosen(budget=budget, seed=seed, concurrency=64), archive)
        spend = archive.spend(archive.run()).values()
        assert len(list(archive.rollouts(archive.run()))) <= budget.get("evaluations", 1e9)
        assert sum(usage.calls for usage in spend) <= budget.get("calls", 1e9)
        assert sum(usage.tokens for usage in spend) <= budget.get("tokens", 1e12)
        assert sum(usage.usd or 0 for usage in spend) <= budget.get("usd", 1e9)
        assert result.confirmation is not None
        assert result.confirmation.tasks == TASKS


class Whole(NamedTuple):
    """An uninterrupted run: its facts, and how often methods of its archive were called."""

    facts: dict[str, object]
    calls: dict[str, int]


@pytest.fixture(scope="module")
def whole() -> Callable[[str], Whole]:
    """The uninterrupted run of each order of results."""

    @cache
    def run(order: str) -> Whole:
        with (
            Archive.in_memory() as archive,
            killed_at("add_rollouts", 0) as results,
            killed_at("add_candidate", 0) as candidates,
        ):
            start(chosen(order=order), archive)
            calls = {"add_rollouts": results(), "add_candidate": candidates()}
            return Whole(facts(archive), calls)

    return run


@pytest.mark.parametrize("order", ["arrival", pytest.param("ticket", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("method", "from_last"),
    [
        pytest.param("add_candidate", 0, id="the control is written and its look is not"),
        pytest.param("add_rollouts", TASKS, id="before the first result", marks=pytest.mark.full),
        pytest.param("add_rollouts", 4, id="in the middle"),
        pytest.param("add_rollouts", 0, id="after the last result", marks=pytest.mark.full),
    ],
)
def test_a_run_killed_at_its_control_resumes_to_the_uninterrupted_result(
    tmp_path: Path, whole: Callable[[str], Whole], method: str, from_last: int, order: str
) -> None:
    expected, calls = whole(order)
    with (
        Archive.write(tmp_path / "cut.db") as archive,
        killed_at(method, calls[method] - from_last),
        pytest.raises(Killed),
    ):
        start(chosen(order=order), archive)
    with Archive.write(tmp_path / "cut.db") as archive:
        run = archive.run()
        assert run.status == "running"
        kept = list(archive.rollouts(run, purpose="confirm"))
        resume(archive)
        assert facts(archive) == expected
        assert list(archive.rollouts(run, purpose="confirm"))[: len(kept)] == kept
        assert len(archive.looks(run)) == 1
        assert archive.integrity() == []
        assert check_replay(archive, archive.run()) == []


@pytest.mark.full
def test_a_run_that_continues_evaluates_no_control_in_its_search(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(chosen(), archive)
        controls = [e.number for e in archive.candidates(archive.run()) if e.operator == CONTROL]
        assert controls
        resume(archive, caps={"evaluations": 2 * EVALUATIONS})
        run = archive.run()
        searched = {each.candidate for each in archive.rollouts(run, purpose="search")}
        assert searched.isdisjoint(controls)
        assert check_replay(archive, run) == []
