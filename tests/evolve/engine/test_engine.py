"""The loop: durable before observed, exact after a kill, independent of timing, within caps."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

import pytest

from archive.controls import CONTROL
from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Candidate, Decision, Rollout, Run
from archive.store import Archive
from evolve.engine.evaluation import evaluate
from evolve.engine.replay import replay
from evolve.engine.run import resume, start
from evolve.engine.workers import Workers
from evolve.errors import BudgetError, OutageError, RunError
from evolve.runfile.settings import RunSettings
from evolve.standings.view import ArchiveView
from search_spaces import library
from tests.evolve.engine.killing import Killed, killed_at
from tests.evolve.runs import facts, settings


def run_all(chosen: RunSettings, path: Path) -> dict[str, object]:
    with Archive.write(path) as archive:
        start(chosen, archive)
        return facts(archive)


@pytest.fixture(scope="module")
def uninterrupted(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], dict[str, object]]:
    """The facts of an uninterrupted run, for each order of results."""
    folder = tmp_path_factory.mktemp("whole")
    return cache(lambda order: run_all(settings(order=order, seed=3), folder / order))


@pytest.mark.parametrize("order", ["arrival", pytest.param("ticket", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("method", "writes", "before"),
    [
        pytest.param("add_rollouts", 40, True, marks=pytest.mark.full),
        ("add_rollouts", 150, False),
        pytest.param("add_decisions", 1, False, marks=pytest.mark.full),
        pytest.param("add_decisions", 90, True, marks=pytest.mark.full),
        pytest.param("add_proposal_result", 3, True, marks=pytest.mark.full),
        pytest.param("add_proposal_result", 4, False, marks=pytest.mark.full),
        pytest.param("put_snapshot", 2, False, marks=pytest.mark.full),
        pytest.param("add_look", 1, False, marks=pytest.mark.full),
        pytest.param("add_rollouts", 230, False, marks=pytest.mark.full),
    ],
)
def test_a_killed_run_resumes_to_the_uninterrupted_result(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uninterrupted: Callable[[str], dict[str, object]],
    order: str,
    method: str,
    writes: int,
    before: bool,
) -> None:
    chosen = settings(order=order, seed=3)
    monkeypatch.setattr("evolve.engine.results.SNAPSHOT_EVERY", 64)
    with (
        killed_at(method, writes, before=before),
        Archive.write(tmp_path / "cut.db") as archive,
        pytest.raises(Killed),
    ):
        start(chosen, archive)
    with Archive.write(tmp_path / "cut.db") as archive:
        assert archive.run().status == "running"
        resume(archive)
        assert facts(archive) == uninterrupted(order)
        assert archive.integrity() == []


@pytest.mark.full
def test_a_run_killed_again_and_again_still_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evolve.engine.results.SNAPSHOT_EVERY", 50)
    chosen = settings(seed=5)
    expected = run_all(chosen, tmp_path / "whole.db")
    rng = Random(0)
    path = tmp_path / "cut.db"
    for attempt in range(40):
        writes, before = rng.randint(1, 60), rng.random() < 0.5
        try:
            with killed_at("add_rollouts", writes, before=before), Archive.write(path) as archive:
                start(chosen, archive) if attempt == 0 else resume(archive)
        except Killed:
            continue
        break
    assert attempt > 2
    with Reader.read(path) as archive:
        assert facts(archive) == expected


@pytest.mark.full
def test_ticket_order_is_independent_of_timing(tmp_path: Path) -> None:
    slow = {"profile": "alder-small", "landscape": "puzzles_landscape.yaml"}
    results = []
    for name, latency in (("quick", 0.01), ("slow", 3.0)):
        with pytest.MonkeyPatch.context() as patch:
            _scale_latency(patch, latency)
            chosen = settings(order="ticket", models={"small": {"simulated": slow}}, space={})
            results.append(run_all(chosen, tmp_path / f"{name}.db"))
    assert results[0]["candidates"] == results[1]["candidates"]
    scores = [[_score(result) for result in each["results"]] for each in results]  # type: ignore[attr-defined]
    assert scores[0] == scores[1]


def _scale_latency(patch: pytest.MonkeyPatch, factor: float) -> None:
    """Makes every simulated reply late by its own random multiple."""
    import asyncio

    sleep = asyncio.sleep
    rng = Random(str(factor))
    patch.setattr(
        "evolve.simulator.simulated.asyncio.sleep",
        lambda seconds: sleep(seconds * factor * rng.lognormvariate(0, 2)),
    )


def _score(result: dict[str, object]) -> object:
    return result.get("decision"), result.get("candidate"), result.get("score")


@pytest.mark.full
def test_nothing_is_bought_before_it_and_all_results_so_far_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "evolve.db"
    begin = Workers.start
    bought = 0

    def spy(self: Workers, decision: Decision, view: ArchiveView | None = None) -> None:
        nonlocal bought
        bought += 1
        if bought % 25 == 0:
            with Reader.read(path) as archive:
                assert archive.results_seen(archive.run()) >= decision.after
                assert decision in archive.decisions(archive.run(), pending=True)
        begin(self, decision, view)

    monkeypatch.setattr(Workers, "start", spy)
    run_all(settings(), path)
    assert bought > 100


@pytest.mark.full
def test_a_turn_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings(order="ticket", confirm={"tasks": 5})
    expected = run_all(chosen, tmp_path / "whole.db")
    add = Archive.add_decisions
    turns = 0

    def full(self: Archive, run: Run, decisions: Sequence[Decision]) -> None:
        nonlocal turns
        turns += 1
        add(self, run, decisions)
        if turns == 90:
            raise ArchiveError("the disk is full")

    monkeypatch.setattr(Archive, "add_decisions", full)
    with Archive.write(tmp_path / "full.db") as archive:
        with pytest.raises(ArchiveError):
            start(chosen, archive)
        seen = archive.results_seen(archive.run())
        snapshot = archive.snapshot(archive.run())
        assert snapshot is None or snapshot.results_seen <= seen
        resume(archive)
        assert facts(archive) == expected


@pytest.mark.full
@pytest.mark.parametrize(
    "budget",
    [
        {"evaluations": 90},
        {"calls": 700},
        {"tokens": 400_000},
        {"usd": 0.1},
        {"usd": 0.3, "evaluations": 300, "calls": 900},
        {"seconds": 30, "evaluations": 2000},
        {"candidates": 7, "evaluations": 2000},
    ],
)
def test_no_cap_is_exceeded_and_the_winner_is_confirmed(
    tmp_path: Path, budget: dict[str, float]
) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        result = start(settings(budget=budget, concurrency=64), archive)
        run = archive.run()
        spend = archive.spend(run).values()
        rollouts = list(archive.rollouts(run))
        candidates = archive.candidates(run)
    assert len(rollouts) <= budget.get("evaluations", 1e9)
    assert sum(usage.calls for usage in spend) <= budget.get("calls", 1e9)
    assert sum(usage.tokens for usage in spend) <= budget.get("tokens", 1e12)
    assert sum(usage.usd or 0 for usage in spend) <= budget.get("usd", 1e9)
    searched = [candidate for candidate in candidates if candidate.operator != CONTROL]
    assert len(searched) <= budget.get("candidates", 1e9)
    assert result.confirmation is not None
    assert result.confirmation.tasks == 20


@pytest.mark.full
def test_the_last_part_of_the_budget_makes_no_proposals(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(proposes_until=0.4), archive)
        run = archive.run()
        proposals = [one for one in archive.decisions(run) if one.purpose == "propose"]
        searched = [one.position for one in archive.rollouts(run) if one.purpose == "search"]
    # Of 300 evaluations, at least 40 are set aside for confirming.
    assert len(searched) > 200
    assert sum(position < proposals[-1].after for position in searched) < 0.4 * 260


@pytest.mark.full
def test_budget_left_after_the_comparison_goes_into_proposals(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(proposes_until=0.01, allocator={"uniform": {"tasks": 20}}), archive)
        run = archive.run()
        searched = [one.candidate for one in archive.rollouts(run) if one.purpose == "search"]
    assert len(searched) > 200
    assert len(set(searched)) >= 10


def test_a_budget_that_covers_nothing_is_refused(tmp_path: Path) -> None:
    with (
        Archive.write(tmp_path / "evolve.db") as archive,
        pytest.raises(BudgetError, match="does not cover"),
    ):
        start(settings(budget={"usd": 1e-6}), archive)


@pytest.mark.full
def test_a_replay_gives_the_stored_standings(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(), archive)
        run = archive.run()
        assert replay(archive, run).standings.all() == archive.standings(run)


@pytest.mark.full
def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        start(settings(), archive)
        with pytest.raises(RunError, match="is finished"):
            resume(archive)


@pytest.mark.full
def test_an_outage_pauses_the_run_and_is_no_bad_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evolve.simulator.simulated import Simulated

    answer, count = Simulated.complete, 0

    async def fail_after_a_while(self: Simulated, request: object) -> object:
        nonlocal count
        count += 1
        if count > 600:
            raise OutageError("http://127.0.0.1:9: connection refused; start the server")
        return await answer(self, request)  # type: ignore[arg-type]

    expected = run_all(settings(), tmp_path / "whole.db")
    path = tmp_path / "evolve.db"
    with monkeypatch.context() as patch:
        patch.setattr(Simulated, "complete", fail_after_a_while)
        with (
            Archive.write(path) as archive,
            pytest.raises(OutageError, match=r"refused.*paused.*evolve resume"),
        ):
            start(settings(), archive)
    with Archive.write(path) as archive:
        assert archive.run().status == "paused"
        before = sum(isinstance(result, Rollout) for result in archive.results(archive.run()))
        assert before > 0
        result = resume(archive)
        assert result.confirmation is not None
        assert len(archive.candidates(archive.run())) >= 5
    assert expected["confirmations"]


@pytest.mark.full
def test_a_run_starts_from_the_best_of_an_older_archive(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    run_all(settings(), old)
    seeds = {"library": ["single"], "archive": {"path": str(old), "top": 3}}
    with Archive.write(tmp_path / "new.db") as archive:
        start(settings(seeds=seeds, seed=1), archive)
        found = archive.candidates(archive.run())
    with Reader.read(old) as archive:
        known = {candidate.id for candidate in archive.candidates(archive.run())}
    started: list[Candidate] = [c for c in found if c.operator == "seed"]
    assert 3 <= len(started) <= 4
    assert {candidate.id for candidate in started[1:]} <= known


@pytest.mark.full
def test_every_look_at_the_test_split_is_counted(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        confirmation = start(settings(), archive).confirmation
        assert confirmation is not None
        assert confirmation.looks == 1
        single = library.system("single")
        chosen = settings(budget={"evaluations": 400})
        assert evaluate(chosen, archive, single, "validation").looks == 0
        assert evaluate(chosen, archive, single, "test").looks == 2
        assert evaluate(chosen, archive, single, "test").looks == 3
        assert archive.run().name == "quickstart_simulated", "the newest run is the newest search"
