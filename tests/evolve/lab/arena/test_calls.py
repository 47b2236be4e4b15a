"""Calls of real models in an arena: equal ones are made once; each match pays for its own."""

import json
from functools import partial
from pathlib import Path

import pytest

from archive.shared_replies import SharedReplies
from archive.store import Archive
from evolve.errors import RunError
from evolve.lab.arena.calls import MatchArchive
from evolve.lab.arena.contestants import Contestant, Terms
from evolve.lab.arena.matches import CALLS, Match, play
from evolve.lab.arena.summary import summarise
from evolve.lab.arena.tournament import over_processes, pairings, play_all
from evolve.models.cache import CallCache
from evolve.report.arena import report

TERMS = Terms()
GENETIC = Contestant.named("genetic")


@pytest.fixture
def landscape(tmp_path: Path) -> str:
    """A landscape whose model is a real one to the arena; it solves every other task."""
    rows = [{"question": f"What follows {n}?", "answer": str(n + 1)} for n in range(100, 130)]
    tmp_path.joinpath("steps.jsonl").write_text("\n".join(map(json.dumps, rows)))
    script = {row["question"]: row["answer"] for row in rows[::2]}
    values = {
        "tasks": {"file": "steps.jsonl"},
        "models": {"one": {"tests.evolve.lab.arena.served:Served": {"script": script}}},
        "budget": {"calls": 60},
        "confirm": {"tasks": 4},
        "order": "ticket",
    }
    path = tmp_path / "steps.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return str(path)


def without_calls(match: Match) -> dict[str, object]:
    return match.model_dump(exclude={"calls_made", "calls_saved"})


def test_a_repeated_match_makes_no_call_and_is_charged_for_all(
    landscape: str, tmp_path: Path
) -> None:
    first, again = (play(landscape, GENETIC, 1, TERMS, tmp_path / "arena") for _ in range(2))
    assert first.calls_made > 0
    assert first.calls_saved == 0
    assert again.calls_made == 0
    assert 0 < again.calls_saved <= first.calls_made
    assert without_calls(again) == without_calls(first)
    assert again.evaluations > 0


def test_other_folders_share_nothing(landscape: str, tmp_path: Path) -> None:
    one, two = (play(landscape, GENETIC, 1, TERMS, tmp_path / name) for name in "ab")
    assert one == two
    assert two.calls_saved == 0


def test_the_true_score_of_a_system_is_paid_for_once(landscape: str, tmp_path: Path) -> None:
    first = play(landscape, GENETIC, 1, TERMS, tmp_path)
    (tmp_path / CALLS).rename(tmp_path / "elsewhere.db")
    again = play(landscape, GENETIC, 1, TERMS, tmp_path)
    assert again.calls_made < first.calls_made
    assert without_calls(again) == without_calls(first)


def test_simulated_matches_need_no_file_of_calls(tmp_path: Path) -> None:
    quick = Terms(share=0.01, tasks=10, sealed=10)
    found = play("quickstart_simulated", Contestant.named("random"), 0, quick, tmp_path)
    assert (found.calls_made, found.calls_saved) == (0, 0)
    assert not (tmp_path / CALLS).exists()


def test_the_report_ends_with_the_calls_that_were_saved(landscape: str, tmp_path: Path) -> None:
    entered = [GENETIC, Contestant.named("random")]
    wanted = pairings([landscape], entered, [0], TERMS, tmp_path / "arena")
    matches = play_all(wanted, partial(over_processes, 1)).matches
    summary = summarise(matches)
    assert summary.calls_saved == sum(match.calls_saved for match in matches) > 0
    shown = report(summary, len(matches))
    last = str(shown.parts[-1])
    assert f"{summary.calls_saved:,} of {summary.calls_made + summary.calls_saved:,} calls" in last
    assert shown.data["calls_saved"] == summary.calls_saved


def test_a_missing_model_file_is_reported_once_before_any_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no models"))
    monkeypatch.setattr("evolve.lab.arena.tournament.play", None)
    names = ["landscapes/inbox", "landscapes/facts", "landscapes/rules"]
    wanted = pairings(names, [GENETIC], range(3), TERMS, tmp_path / "arena")
    with pytest.raises(RunError, match="get it with `evolve models pull smollm2`"):
        play_all(wanted, partial(over_processes, 1))


def test_a_match_counts_different_requests(tmp_path: Path) -> None:
    SharedReplies(tmp_path / CALLS).add({b"shared": "reply"})
    with MatchArchive.sharing(SharedReplies(tmp_path / CALLS)) as archive:
        assert isinstance(archive, Archive)
        run = archive.create_run("run", 0, "{}", [])
        assert CallCache(archive, run).recall("endpoint") is None
        archive.add_replies(run, {b"own": "reply"})
        for key in (b"shared", b"shared", b"own", b"own"):
            assert archive.reply(key) == "reply"
        assert archive.reply(b"neither") is None
        assert (archive.calls_made, archive.calls_saved) == (1, 1)
