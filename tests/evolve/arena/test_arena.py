"""The arena: who takes part, what bouts come to, and that nothing is fought twice."""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from archive.store import Archive
from evolve.arena import tournament
from evolve.arena.bouts import Bout, Step, fight
from evolve.arena.contestants import Contestant, Terms, settings_for
from evolve.arena.fronts import area, areas
from evolve.arena.incumbents import incumbents
from evolve.arena.known import known_scores
from evolve.arena.summary import SHARES, summarise
from evolve.arena.tournament import fought, over_processes, pairings
from evolve.arena.truth import Measured, Truth
from evolve.errors import RunError
from evolve.report.arena import draw, report
from evolve.run import start
from search_spaces.errors import ConfigError
from tests.evolve.runs import settings

QUICK = Terms(share=0.05, tasks=20)


def bout(
    who: str, *steps: tuple[float, float], seed: int = 0, on: str = "hill", **more: object
) -> Bout:
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
    return Bout.model_validate(facts)


# Summaries


def test_regret_is_how_far_below_the_best_that_anybody_found() -> None:
    found = summarise(
        [bout("a", (0, 0.5), (0.5, 0.7)), bout("b", (0, 0.5), (0.2, 0.9), (0.6, 0.8))]
    )
    assert found.reachable == {"hill": 0.9}
    regret = {row.contestant: row.regret for row in found.rows}
    assert regret == pytest.approx({"a": 0.2, "b": 0.1})
    assert [row.contestant for row in found.rows] == ["b", "a"]
    curve = found.curves["a"]
    assert curve[SHARES < 0.5] == pytest.approx(0.4)
    assert curve[SHARES >= 0.5] == pytest.approx(0.2)
    known = summarise([bout("a", (0, 0.5), (0.5, 0.7))], {"hill": 0.95})
    assert known.rows[0].regret == pytest.approx(0.25)


def test_near_the_best_is_nine_tenths_of_the_gain_for_good() -> None:
    early = bout("early", (0, 0.5), (0.1, 0.87))  # .5 + .9 · .4 = .86
    lost = bout("lost", (0, 0.5), (0.1, 0.9), (0.4, 0.6))
    back = bout("back", (0, 0.5), (0.1, 0.9), (0.4, 0.6), (0.8, 0.9))
    rows = {row.contestant: row for row in summarise([early, lost, back]).rows}
    assert [rows[name].near for name in ("early", "lost", "back")] == pytest.approx([0.1, 1, 0.8])
    assert [rows[name].got_near for name in ("early", "lost", "back")] == [1, 0, 1]
    twice = summarise([early, bout("early", (0, 0.5), (0.4, 0.9), seed=1)]).rows[0]
    assert twice.near == pytest.approx((0.1 * 0.4) ** 0.5)


def test_differences_are_paired_by_landscape_and_seed() -> None:
    bouts = [bout("a", (0, 0.5 + seed / 10), seed=seed) for seed in range(4)]
    bouts += [bout("b", (0, 0.52 + seed / 10 + seed / 1000), seed=seed) for seed in range(4)]
    rows = {row.contestant: row for row in summarise(bouts).rows}
    assert rows["b"].difference == pytest.approx(-0.0215)
    assert rows["b"].interval is not None
    low, high = rows["b"].interval
    assert low < -0.0215 < high < 0  # though seeds differ by much more
    assert rows["a"].interval is None


def test_who_comes_first_matches_others_when_its_mean_is_for_good_where_theirs_ends() -> None:
    first = [
        bout("first", (0, 0.5), (0.2, 0.8), (0.6, 0.7), (0.8, 0.9)),
        bout("first", (0, 0.5), (0.4, 0.7), seed=1),
    ]
    others = [
        *(bout("weak", (0, 0.5), (0.3, 0.7), seed=seed) for seed in range(2)),
        *(bout("strong", (0, 0.5), (0.3, 0.75), seed=seed) for seed in range(2)),
        *(bout("best", (0, 0.5), (0.3, 0.85), seed=seed) for seed in range(3)),
    ]
    rows = {row.contestant: row for row in summarise([*first, *others]).rows}
    assert rows["weak"].matched == pytest.approx(0.4)  # means of .8 and .7, later .7 and .7
    assert rows["strong"].matched == pytest.approx(0.8)
    assert rows["best"].matched is None
    assert rows["first"].matched is None


def test_ranks_are_means_over_landscapes_and_shared_where_equal() -> None:
    bouts = [
        *(
            bout(name, (0, score), on="hill")
            for name, score in zip("abc", (0.9, 0.8, 0.7), strict=True)
        ),
        *(
            bout(name, (0, score), on="moor")
            for name, score in zip("abc", (0.5, 0.6, 0.6), strict=True)
        ),
    ]
    ranks = {row.contestant: row.rank for row in summarise(bouts).rows}
    assert ranks == {"a": 2.0, "b": 1.75, "c": 2.25}


def test_a_report_says_it_all_and_draws_it(tmp_path: Path) -> None:
    bouts = [
        bout(name, (0, 0.5), (0.3, score), seed=n)
        for name, score in (("a", 0.8), ("b", 0.6))
        for n in (0, 1)
    ]
    summary = summarise(bouts)
    told = report(summary, len(bouts))
    text = json.dumps(told.data)
    assert "NaN" not in text
    assert [each["contestant"] for each in told.data["contestants"]] == ["a", "b"]
    assert told.data["contestants"][1]["regrets"] == {"hill": pytest.approx(0.2)}
    assert told.data["contestants"][0]["invalid"] == 0.2
    pytest.importorskip("plotly")
    draw(tmp_path / "curves.html", summary)
    assert "share of the budget" in (tmp_path / "curves.html").read_text(encoding="utf-8")


# Fronts


def measured(*pairs: tuple[float | None, float]) -> list[Measured]:
    return [Measured(usd=usd, score=score) for usd, score in pairs]


def test_area_is_the_mean_score_that_can_be_afforded() -> None:
    front = measured((0.5, 0.8), (0.25, 0.4))
    assert area(front, 1.0) == pytest.approx(0.25 * 0.0 + 0.25 * 0.4 + 0.5 * 0.8)
    assert area(front, 0.5) == pytest.approx(0.5 * 0.4)
    assert area([*front, *measured((0.75, 0.6), (None, 1.0), (2.0, 1.0))], 1.0) == area(front, 1.0)
    assert area([], 1.0) == area(measured((1.5, 0.9)), 1.0) == 0.0


def test_areas_are_means_over_bouts_up_to_the_limit_or_the_dearest() -> None:
    cheap, dear = measured((0.5, 0.6)), measured((1.0, 0.7), (2.0, 0.8))
    on_limit = [
        bout("a", (0, 0.5), on="hill", front=cheap, cost_at_most=1.0, seed=0),
        bout("a", (0, 0.5), on="hill", front=dear, cost_at_most=1.0, seed=1),
    ]
    free = [bout("a", (0, 0.5), on="moor", front=cheap), bout("b", (0, 0.5), on="moor", front=dear)]
    assert areas([*on_limit, *free, bout("c", (0, 0.5))]) == {
        "a": {"hill": pytest.approx(0.15), "moor": pytest.approx(0.45)},
        "b": {"moor": pytest.approx(0.35)},
    }
    told = report(summarise(free), 2)
    assert told.data["contestants"][0]["areas"] == {"moor": pytest.approx(0.45)}


def test_fronts_are_scored_where_that_is_asked_for(tmp_path: Path) -> None:
    entered = Contestant.named("nsga2")
    found = fight("quickstart", entered, 1, QUICK.model_copy(update={"fronts": True}), tmp_path)
    assert found.front
    assert (
        found.cost_at_most == settings_for("quickstart", entered, 1, QUICK).objective.cost_at_most
    )
    assert all(each.usd for each in found.front)
    assert fight("quickstart", entered, 1, QUICK, tmp_path).front == ()


# Contestants


def test_contestants_are_strategies_or_presets() -> None:
    assert Contestant.named("tree").keys == {"strategy": "tree"}
    assert Contestant.named("default+meta@full").keys == {
        "strategy": {"default": {"model": "meta"}},
        "allocator": "full",
    }
    assert Contestant.named("aflow").keys == {"preset": "aflow"}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("gentic", "no strategy or preset is called 'gentic'; known: composed, default"),
        ("genetic@fll", "unknown allocator 'fll'; did you mean 'full'"),
        ("", "expected NAME"),
        ("a+meta+meta", "expected NAME"),
    ],
)
def test_contestants_that_do_not_exist_are_refused(written: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace("+", r"\+")):
        Contestant.named(written)


def test_everybody_has_the_same_terms() -> None:
    mine, other = (
        settings_for("quickstart", Contestant.named(name), 3, QUICK) for name in ("random", "aflow")
    )
    assert mine.budget == other.budget
    assert mine.budget.usd == pytest.approx(0.15)
    assert mine.seed == other.seed == 3
    assert len(mine.tasks.load(3).validation) == len(other.tasks.load(3).validation) == 20
    assert mine.tasks.load(3).sealed > 20
    assert (mine.strategy.plugin_name(), other.strategy.plugin_name()) == ("random", "composed")
    assert other.models["meta"].written() == mine.models["medium"].written()  # the dearest
    assert "meta" not in mine.space.models
    small = settings_for(
        "quickstart", Contestant.named("aflow"), 3, QUICK.model_copy(update={"meta": "small"})
    )
    assert small.models["meta"].written() == mine.models["small"].written()
    with pytest.raises(ConfigError, match="--meta 'huge' is none of its models: small, other"):
        settings_for(
            "quickstart", Contestant.named("aflow"), 3, QUICK.model_copy(update={"meta": "huge"})
        )
    with pytest.raises(ConfigError, match=r"genetic\+meta: strategy.model: unknown key"):
        settings_for("quickstart", Contestant.named("genetic+meta"), 0, QUICK)


# Bouts


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
    chosen = settings_for("quickstart", Contestant.named("random"), 0, QUICK)
    config = chosen.space.sample(Random(0))
    first = Truth(chosen, QUICK, tmp_path).of(config)
    assert 0 <= first <= 1
    monkeypatch.setattr("evolve.arena.truth.answer", None)
    assert Truth(chosen, QUICK, tmp_path).of(config) == first
    assert len(list(tmp_path.rglob("*.json"))) == 1


one_by_one = partial(over_processes, 1)


def test_nothing_is_fought_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered = [Contestant.named(name) for name in ("genetic", "random")]
    wanted = pairings(["quickstart"], entered, [0], QUICK, tmp_path)
    told: list[Bout] = []
    first = fought(wanted, one_by_one, told.append)
    assert [each.contestant for each in told] == ["genetic", "random"]
    assert all(0 <= each.final <= 1 and each.steps[0].share == 0 for each in first.bouts)
    assert all(each.usd is not None and each.usd <= 0.15 for each in first.bouts)

    monkeypatch.setattr(tournament, "fight", None)
    assert fought(wanted, one_by_one) == first
    with pytest.raises(RunError, match="holds bouts on other terms"):
        pairings(["quickstart"], entered, [0], Terms(), tmp_path)
    wanted[0].path.write_text("{")
    with pytest.raises(RunError, match="is no result of a bout; delete it"):
        fought(wanted, one_by_one)


def test_who_cannot_search_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    entered = [Contestant.named(name) for name in ("reflective", "random")]
    poor = Terms(share=0.0005, tasks=20)
    wanted = pairings(["landscapes/tight_budget"], entered[:1], [0], poor, tmp_path / "poor")
    wanted += pairings(["quickstart"], entered[1:], [0], QUICK, tmp_path)
    told: list[Bout] = []
    results = fought(wanted, one_by_one, told.append)
    assert [each.contestant for each in results.bouts] == ["random"]
    assert results.bouts == told
    with pytest.raises(RunError, match=r"^1 of 2 bouts could not.*reflective on lands"):
        results.check()
    with pytest.raises(RunError, match=r"^1 of 1 bouts could not"):
        fought(wanted[:1], one_by_one)


def test_a_bout_is_the_same_again(tmp_path: Path) -> None:
    entered = Contestant.named("genetic")
    one, two = (fight("quickstart", entered, 1, QUICK, tmp_path / name) for name in "ab")
    assert one == two
    assert np.isfinite(one.final)


def test_the_best_known_system_is_taken_from_the_landscape(tmp_path: Path) -> None:
    scores = known_scores(["landscapes/strong_single", "quickstart"], QUICK, tmp_path)
    assert list(scores) == ["landscapes/strong_single"]
    assert scores["landscapes/strong_single"] == pytest.approx(0.86, abs=0.04)
