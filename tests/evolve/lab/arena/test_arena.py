"""The arena: contestants, results of matches, and that no match is played twice."""

import json
import os
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from archive.store import Archive
from evolve.engine.run import start
from evolve.errors import RunError
from evolve.lab.arena import tournament
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.lab.arena.fronts import area, areas
from evolve.lab.arena.incumbents import incumbents
from evolve.lab.arena.known import known_scores
from evolve.lab.arena.matches import Match, Step, play
from evolve.lab.arena.summary import SHARES, summarise
from evolve.lab.arena.tournament import over_processes, pairings, play_all
from evolve.lab.arena.truth import Measured, Truth
from evolve.report.arena import draw, report
from search_spaces.errors import ConfigError
from tests.evolve.runs import settings

QUICK = Terms(share=0.05, tasks=20)


def match(
    who: str, *steps: tuple[float, float], seed: int = 0, on: str = "hill", **more: object
) -> Match:
    facts = {
        "landscape": on,
        "contestant": who,
        "seed": seed,
        "steps": tuple(Step(share=share, score=score, config="") for share, score in steps),
        "final": steps[-1][1],
        "start": 0.5,
        "agents": 1,
        "candidates": 9,
        "proposals": 10,
        "invalid": 2,
        "usd": 1.0,
        "evaluations": 100,
        "ended": "",
        **more,
    }
    return Match.model_validate(facts)


# Summaries


def test_regret_is_the_distance_to_the_best_found() -> None:
    found = summarise(
        [match("a", (0, 0.5), (0.5, 0.7)), match("b", (0, 0.5), (0.2, 0.9), (0.6, 0.8))]
    )
    assert found.reachable == {"hill": 0.9}
    regret = {row.contestant: row.regret for row in found.rows}
    assert regret == pytest.approx({"a": 0.2, "b": 0.1})
    assert [row.contestant for row in found.rows] == ["b", "a"]
    curve = found.curves["a"]
    assert curve[SHARES < 0.5] == pytest.approx(0.4)
    assert curve[SHARES >= 0.5] == pytest.approx(0.2)
    known = summarise([match("a", (0, 0.5), (0.5, 0.7))], {"hill": 0.95})
    assert known.rows[0].regret == pytest.approx(0.25)


def test_near_the_best_is_nine_tenths_of_the_gain_for_good() -> None:
    early = match("early", (0, 0.5), (0.1, 0.87))  # .5 + .9 · .4 = .86
    lost = match("lost", (0, 0.5), (0.1, 0.9), (0.4, 0.6))
    back = match("back", (0, 0.5), (0.1, 0.9), (0.4, 0.6), (0.8, 0.9))
    rows = {row.contestant: row for row in summarise([early, lost, back]).rows}
    assert [rows[name].near for name in ("early", "lost", "back")] == pytest.approx([0.1, 1, 0.8])
    assert [rows[name].got_near for name in ("early", "lost", "back")] == [1, 0, 1]
    twice = summarise([early, match("early", (0, 0.5), (0.4, 0.9), seed=1)]).rows[0]
    assert twice.near == pytest.approx((0.1 * 0.4) ** 0.5)


def test_differences_are_paired_by_landscape_and_seed() -> None:
    matches = [match("a", (0, 0.5 + seed / 10), seed=seed) for seed in range(4)]
    matches += [match("b", (0, 0.52 + seed / 10 + seed / 1000), seed=seed) for seed in range(4)]
    rows = {row.contestant: row for row in summarise(matches).rows}
    assert rows["b"].difference == pytest.approx(-0.0215)
    assert rows["b"].interval is not None
    low, high = rows["b"].interval
    assert low < -0.0215 < high < 0  # though seeds differ by much more
    assert rows["a"].interval is None


def test_the_first_contestant_matches_others_once_its_mean_stays_at_their_end() -> None:
    first = [
        match("first", (0, 0.5), (0.2, 0.8), (0.6, 0.7), (0.8, 0.9)),
        match("first", (0, 0.5), (0.4, 0.7), seed=1),
    ]
    others = [
        *(match("weak", (0, 0.5), (0.3, 0.7), seed=seed) for seed in range(2)),
        *(match("strong", (0, 0.5), (0.3, 0.75), seed=seed) for seed in range(2)),
        *(match("best", (0, 0.5), (0.3, 0.85), seed=seed) for seed in range(3)),
    ]
    rows = {row.contestant: row for row in summarise([*first, *others]).rows}
    assert rows["weak"].matched == pytest.approx(0.4)  # means of .8 and .7, later .7 and .7
    assert rows["strong"].matched == pytest.approx(0.8)
    assert rows["best"].matched is None
    assert rows["first"].matched is None


def test_ranks_are_means_over_landscapes_and_shared_where_equal() -> None:
    matches = [
        *(
            match(name, (0, score), on="hill")
            for name, score in zip("abc", (0.9, 0.8, 0.7), strict=True)
        ),
        *(
            match(name, (0, score), on="moor")
            for name, score in zip("abc", (0.5, 0.6, 0.6), strict=True)
        ),
    ]
    ranks = {row.contestant: row.rank for row in summarise(matches).rows}
    assert ranks == {"a": 2.0, "b": 1.75, "c": 2.25}


def test_a_report_holds_all_figures_and_the_plot(tmp_path: Path) -> None:
    matches = [
        match(name, (0, 0.5), (0.3, score), seed=n)
        for name, score in (("a", 0.8), ("b", 0.6))
        for n in (0, 1)
    ]
    summary = summarise(matches)
    shown = report(summary, len(matches))
    text = json.dumps(shown.data)
    assert "NaN" not in text
    assert [each["contestant"] for each in shown.data["contestants"]] == ["a", "b"]
    assert shown.data["contestants"][1]["regrets"] == {"hill": pytest.approx(0.2)}
    assert shown.data["contestants"][0]["invalid"] == 0.2
    pytest.importorskip("plotly")
    draw(tmp_path / "curves.html", summary)
    assert "share of the budget" in (tmp_path / "curves.html").read_text(encoding="utf-8")


# Fronts


def measured(*pairs: tuple[float | None, float]) -> list[Measured]:
    return [Measured(cost=cost, score=score) for cost, score in pairs]


def test_area_is_the_mean_score_that_can_be_afforded() -> None:
    front = measured((0.5, 0.8), (0.25, 0.4))
    assert area(front, 1.0) == pytest.approx(0.25 * 0.0 + 0.25 * 0.4 + 0.5 * 0.8)
    assert area(front, 0.5) == pytest.approx(0.5 * 0.4)
    assert area([*front, *measured((0.75, 0.6), (None, 1.0), (2.0, 1.0))], 1.0) == area(front, 1.0)
    assert area([], 1.0) == area(measured((1.5, 0.9)), 1.0) == 0.0


def test_areas_are_means_over_matches_up_to_the_limit_or_the_costliest() -> None:
    cheap, costly = measured((0.5, 0.6)), measured((1.0, 0.7), (2.0, 0.8))
    on_limit = [
        match("a", (0, 0.5), on="hill", front=cheap, cost_at_most=1.0, seed=0),
        match("a", (0, 0.5), on="hill", front=costly, cost_at_most=1.0, seed=1),
    ]
    free = [
        match("a", (0, 0.5), on="moor", front=cheap),
        match("b", (0, 0.5), on="moor", front=costly),
    ]
    assert areas([*on_limit, *free, match("c", (0, 0.5))]) == {
        "a": {"hill": pytest.approx(0.15), "moor": pytest.approx(0.45)},
        "b": {"moor": pytest.approx(0.35)},
    }
    shown = report(summarise(free), 2)
    assert shown.data["contestants"][0]["areas"] == {"moor": pytest.approx(0.45)}


@pytest.mark.full
def test_fronts_are_scored_on_request(tmp_path: Path) -> None:
    entered = Contestant.named("nsga2")
    found = play(
        "quickstart_simulated", entered, 1, QUICK.model_copy(update={"fronts": True}), tmp_path
    )
    assert found.front
    assert (
        found.cost_at_most
        == settings_for("quickstart_simulated", entered, 1, QUICK).objective.cost_at_most
    )
    assert all(each.cost for each in found.front)
    assert play("quickstart_simulated", entered, 1, QUICK, tmp_path).front == ()


# Contestants


def test_contestants_are_strategies_or_presets() -> None:
    assert Contestant.named("tree").keys == {"strategy": "tree"}
    assert Contestant.named("default+meta@full").keys == {
        "strategy": {"default": {"model": "meta"}},
        "allocator": "full",
    }
    assert Contestant.named("aflow").keys == {"preset": "aflow"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("gentic", "no strategy or preset is called 'gentic'; known: composed, default"),
        ("genetic@fll", "unknown allocator 'fll'; did you mean 'full'"),
        ("", "expected NAME"),
        ("a+meta+meta", "expected NAME"),
    ],
)
def test_contestants_that_do_not_exist_are_refused(written: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("+", r"\+")):
        Contestant.named(written)


def test_all_contestants_have_the_same_terms() -> None:
    mine, other = (
        settings_for("quickstart_simulated", Contestant.named(name), 3, QUICK)
        for name in ("random", "aflow")
    )
    assert mine.budget == other.budget
    assert mine.budget.usd == pytest.approx(0.15)
    assert mine.seed == other.seed == 3
    assert len(mine.tasks.load(3).validation) == len(other.tasks.load(3).validation) == 20
    assert mine.tasks.load(3).sealed > 20
    assert (mine.strategy.plugin_name(), other.strategy.plugin_name()) == ("random", "composed")
    assert other.models["meta"].written() == mine.models["medium"].written()  # the most expensive
    assert "meta" not in mine.space.models
    small = settings_for(
        "quickstart_simulated",
        Contestant.named("aflow"),
        3,
        QUICK.model_copy(update={"meta": "small"}),
    )
    assert small.models["meta"].written() == mine.models["small"].written()
    with pytest.raises(ConfigError, match="--meta 'huge' is none of its models: small, other"):
        settings_for(
            "quickstart_simulated",
            Contestant.named("aflow"),
            3,
            QUICK.model_copy(update={"meta": "huge"}),
        )
    with pytest.raises(ConfigError, match=r"genetic\+meta: strategy.model: unknown key"):
        settings_for("quickstart_simulated", Contestant.named("genetic+meta"), 0, QUICK)


# Matches


@pytest.mark.full
def test_incumbents_end_with_the_best_by_what_is_believed() -> None:
    with Archive.in_memory() as archive:
        result = start(settings(), archive)
        found = incumbents(archive, archive.run())
    assert found[0] == (0.0, 0)
    assert [each.share for each in found] == sorted(each.share for each in found)
    assert result.winner is not None
    assert found[-1].candidate == result.winner.number
    assert all(a.candidate != b.candidate for a, b in pairwise(found))


def test_truth_is_measured_once_on_sealed_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings_for("quickstart_simulated", Contestant.named("random"), 0, QUICK)
    config = chosen.space.sample(Random(0))
    first = Truth(chosen, QUICK, tmp_path).of(config)
    assert 0 <= first <= 1
    monkeypatch.setattr("evolve.lab.arena.truth.answer", None)
    assert Truth(chosen, QUICK, tmp_path).of(config) == first
    assert len(list(tmp_path.rglob("*.json"))) == 1


one_by_one = partial(over_processes, 1)


@pytest.mark.full
def test_no_match_is_played_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = [Contestant.named(name) for name in ("genetic", "random")]
    wanted = pairings(["quickstart_simulated"], entered, [0], QUICK, tmp_path)
    ended: list[Match] = []
    first = play_all(wanted, one_by_one, ended.append)
    assert [each.contestant for each in ended] == ["genetic", "random"]
    assert all(0 <= each.final <= 1 and each.steps[0].share == 0 for each in first.matches)
    assert all(each.usd is not None and each.usd <= 0.15 for each in first.matches)

    monkeypatch.setattr(tournament, "play", None)
    assert play_all(wanted, one_by_one) == first
    with pytest.raises(RunError, match="holds matches on other terms"):
        pairings(["quickstart_simulated"], entered, [0], Terms(), tmp_path)
    wanted[0].path.write_text("{")
    with pytest.raises(RunError, match="is no result of a match; delete it"):
        play_all(wanted, one_by_one)


@pytest.mark.full
def test_a_contestant_that_fails_does_not_stop_others(tmp_path: Path) -> None:
    entered = [Contestant.named(name) for name in ("reflective", "random")]
    poor = Terms(share=0.0005, tasks=20)
    wanted = pairings(["landscapes/tight_budget"], entered[:1], [0], poor, tmp_path / "poor")
    wanted += pairings(["quickstart_simulated"], entered[1:], [0], QUICK, tmp_path)
    ended: list[Match] = []
    results = play_all(wanted, one_by_one, ended.append)
    assert [each.contestant for each in results.matches] == ["random"]
    assert results.matches == ended
    with pytest.raises(RunError, match=r"^1 of 2 matches could not.*reflective on lands"):
        results.check()
    with pytest.raises(RunError, match=r"^1 of 1 matches could not"):
        play_all(wanted[:1], one_by_one)


@pytest.mark.full
def test_a_match_is_reproducible(tmp_path: Path) -> None:
    entered = Contestant.named("genetic")
    one, two = (play("quickstart_simulated", entered, 1, QUICK, tmp_path / name) for name in "ab")
    assert one == two
    assert np.isfinite(one.final)


def test_the_best_known_system_is_taken_from_the_landscape(tmp_path: Path) -> None:
    scores = known_scores(["landscapes/strong_single", "quickstart_simulated"], QUICK, tmp_path)
    assert list(scores) == ["landscapes/strong_single"]
    assert scores["landscapes/strong_single"] == pytest.approx(0.86, abs=0.04)


def cores_of(pairing: tournament.Pairing) -> tournament.Outcome:
    """The number of threads that libraries are limited to in the process of a match."""
    return tournament.Outcome(pairing, os.environ["OMP_NUM_THREADS"])


@pytest.mark.full
def test_processes_divide_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    wanted = pairings(
        ["quickstart_simulated"], [Contestant.named("random")], [0, 1], QUICK, tmp_path
    )
    alone = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    found = [int(str(each.outcome)) for each in over_processes(2, cores_of, wanted)]
    assert found == [max(1, alone // 2)] * 2
