"""Estimates and dry runs."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.engine.run import start
from evolve.forecast import estimate
from evolve.forecast.dry_run import dry_run
from evolve.forecast.listing import unlisted
from evolve.forecast.warnings import visible_points
from evolve.runfile.settings import RunSettings, load_run_file, read_settings
from search_spaces.errors import ConfigError

PAID: dict[str, Any] = {"openai": {"model": "big", "base_url": "http://127.0.0.1:9/v1"}}


def settings(folder: Path, **changes: Any) -> RunSettings:
    rows = [{"question": f"What is {n} plus {n}?", "answer": str(2 * n)} for n in range(60)]
    folder.joinpath("tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    values = {
        "name": "small",
        "tasks": {"file": "tasks.jsonl"},
        "models": {"one": PAID},
        "space": {"agents": [1, 3]},
        "seeds": {"library": ["single", "critic_solver"]},
        "budget": {"evaluations": 400},
        "confirm": {"tasks": 10},
        **changes,
    }
    return read_settings(json.dumps(values), "run.json", folder)


@pytest.mark.full
def test_an_estimate_is_about_right_where_evaluations_are_capped() -> None:
    run_settings = load_run_file(
        "quickstart_simulated", {"budget": {"evaluations": 600}, "confirm": {"tasks": 20}}
    )
    estimated = estimate(run_settings).amounts
    with Archive.in_memory() as archive:
        spend = start(run_settings, archive).spend
    calls = sum(one.calls for one in spend.values())
    assert estimated["evaluations"].expected == pytest.approx(600, rel=0.05)
    assert estimated["calls"].low < calls < estimated["calls"].high


@pytest.mark.full
def test_what_judges_take_is_counted_for_every_answer(tmp_path: Path) -> None:
    paid = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    scored = {"tasks": {"file": "tasks.jsonl"}, "space": {"agents": 1, "samples": 1, "rounds": 1}}
    scored |= {"models": {"one": paid}, "seeds": {"library": ["single"]}, "strategy": "random"}
    judged = {**scored, "tasks": {"file": "tasks.jsonl", "scorer": {"judge": {"model": "one"}}}}
    without = estimate(settings(tmp_path, **scored)).amounts
    amounts = estimate(settings(tmp_path, **judged)).amounts
    assert amounts["calls"].expected == pytest.approx(2 * amounts["evaluations"].expected, rel=0.1)
    assert without["calls"].expected == pytest.approx(without["evaluations"].expected, rel=0.02)
    assert amounts["usd"].expected > 1.3 * without["usd"].expected


@pytest.mark.full
def test_scores_that_take_work_are_drawn(tmp_path: Path) -> None:
    function = "tests.evolve.forecast.test_estimate:never_asked"
    tasks = {"file": "tasks.jsonl", "scorer": {"python": {"function": function}}}
    amounts = estimate(settings(tmp_path, tasks=tasks)).amounts
    assert amounts["evaluations"].expected == pytest.approx(400, rel=0.1)


def never_asked(task: object, answer: str) -> float:
    raise AssertionError("an estimate runs no program of users")


@pytest.mark.full
def test_the_further_prices_are_apart_the_less_is_known(tmp_path: Path) -> None:
    def range_of(highest: float) -> float:
        models = {
            name: {"openai": {**PAID["openai"], "price": {"prompt": price, "completion": price}}}
            for name, price in (("one", 1.0), ("two", highest))
        }
        budget = {"usd": 2.0}
        calls = estimate(settings(tmp_path, models=models, budget=budget)).amounts["calls"]
        return calls.high / calls.low

    assert range_of(30.0) > 2 * range_of(1.0)


@pytest.mark.full
def test_a_long_search_is_stopped_and_still_reaches_its_cap(tmp_path: Path) -> None:
    amounts = estimate(settings(tmp_path, budget={"evaluations": 40_000})).amounts
    assert 20_000 < amounts["evaluations"].low < amounts["evaluations"].expected <= 40_000
    priced = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    usd = estimate(settings(tmp_path, models={"one": priced}, budget={"usd": 30.0})).amounts["usd"]
    assert 20 < usd.expected <= 30


@pytest.mark.full
@pytest.mark.parametrize("cap", [{"usd": 5.0}, {"calls": 9_000}, {"tokens": 2_000_000}])
def test_no_cap_is_expected_to_be_exceeded_or_left_mostly_unused(
    tmp_path: Path, cap: dict[str, float]
) -> None:
    priced = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    amounts = estimate(settings(tmp_path, models={"one": priced}, budget=cap)).amounts
    expected = {name: amount.expected for name, amount in amounts.items()}
    expected["tokens"] = expected["prompt_tokens"] + expected["completion_tokens"]
    (name,) = cap
    assert 0.6 * cap[name] < expected[name] <= 1.01 * cap[name]


@pytest.mark.full
def test_an_estimate_is_about_right_for_unknown_models(tmp_path: Path) -> None:
    price = {"prompt": 0.3, "completion": 1.2}
    profile = {"family": "oak", "ability": 0.4, "tokens": 70, "price": price}
    folder = Path(str(resources.files("configs")))
    key = {"file": str(folder / "puzzles.jsonl"), "domain": "domain"}
    tasks = {"file": key["file"], "input": "question", "domain": "domain", "split": "split"}
    run_settings = {"tasks": tasks, "budget": {"usd": 0.4}, "confirm": {"tasks": 40}}
    answering = {"simulated": {"profile": profile, "answers": key}}
    paid = {"openai": {**PAID["openai"], "price": price}}
    amounts = estimate(settings(tmp_path, **run_settings, models={"one": paid})).amounts
    with Archive.in_memory() as archive:
        spend = start(settings(tmp_path, **run_settings, models={"one": answering}), archive).spend
    calls = sum(one.calls for one in spend.values())
    assert amounts["calls"].low < calls < amounts["calls"].high


@pytest.mark.full
def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    run_settings = settings(tmp_path)
    assert estimate(run_settings) == estimate(run_settings)


@pytest.mark.full
def test_unknown_prices_are_reported(tmp_path: Path) -> None:
    estimated = estimate(settings(tmp_path))
    assert "usd" not in estimated.amounts
    assert estimated.stand_ins == ("one",)
    assert not any("price" in warning for warning in estimated.warnings)


@pytest.mark.full
def test_one_unknown_price_makes_the_cost_unknown(tmp_path: Path) -> None:
    known = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    both = {"models": ["one", "two"], "agents": [1, 3]}
    estimated = estimate(settings(tmp_path, models={"one": known, "two": PAID}, space=both))
    assert "usd" not in estimated.amounts
    (warning,) = (each for each in estimated.warnings if "price" in each)
    assert warning.startswith("no price is known for two, so the cost in USD is unknown")
    assert estimated.amounts["calls"].expected > 400


@pytest.mark.full
def test_known_prices_make_a_cost_within_the_cap(tmp_path: Path) -> None:
    priced = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    estimated = estimate(settings(tmp_path, models={"one": priced}, budget={"usd": 2.0}))
    assert 0.5 < estimated.amounts["usd"].expected <= 2.0
    assert estimated.amounts["usd"].high <= 2.0
    assert estimated.binding == "usd"


@pytest.mark.full
def test_a_rate_limit_makes_a_run_last(tmp_path: Path) -> None:
    slow = {"openai": {**PAID["openai"], "requests_per_minute": 10}}
    quick = estimate(settings(tmp_path)).amounts["seconds"].expected
    limited = estimate(settings(tmp_path, models={"one": slow})).amounts
    assert limited["seconds"].expected == pytest.approx(limited["calls"].expected * 6, rel=0.01)
    assert limited["seconds"].expected > quick


@pytest.mark.full
def test_small_splits_are_warned_of(tmp_path: Path) -> None:
    warned = " ".join(estimate(settings(tmp_path)).warnings)
    assert "the validation split of 24 tasks is too small" in warned
    assert visible_points(400) < 5 < visible_points(100)


def test_endpoints_are_asked_what_they_list(tmp_path: Path) -> None:
    assert "does not answer" in unlisted(settings(tmp_path).models)[0]


@pytest.mark.full
def test_a_dry_run_is_free_and_marked(tmp_path: Path) -> None:
    run_settings = settings(tmp_path, budget={"evaluations": 150})
    with Archive.write(tmp_path / "dry.db") as archive:
        result = start(dry_run(run_settings, tmp_path / "dry.db"), archive)
    assert result.simulated
    assert result.run.name == "small-dry-run"
    assert result.winner is not None
    assert (tmp_path / "dry.answers.jsonl").is_file()
    assert result.spend["search"].usd is None  # as the endpoint's price


def test_stand_ins_have_the_prices_of_their_models(tmp_path: Path) -> None:
    priced = {"openai": {**PAID["openai"], "price": {"prompt": 1, "completion": 4}}}
    run_settings = settings(tmp_path, models={"one": priced, "two": PAID})
    rehearsed = dry_run(run_settings, tmp_path / "dry.db").models
    assert all(model.simulated for model in rehearsed.values())
    assert rehearsed["one"].price == run_settings.models["one"].price
    assert rehearsed["two"].price is None


def test_a_dry_run_of_simulated_models_is_the_run_itself() -> None:
    run_settings = load_run_file("quickstart_simulated")
    assert dry_run(run_settings, Path("nowhere.db")).models == run_settings.models


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        dry_run(settings(tmp_path), tmp_path / "missing" / "dry.db")


def test_caps_of_dry_runs_allow_for_real_models(tmp_path: Path) -> None:
    rehearsed = dry_run(settings(tmp_path), tmp_path / "dry-run.db")
    assert not rehearsed.models["one"].paid
    assert not rehearsed.models["one"].trusted
    assert load_run_file("quickstart_simulated").models["small"].trusted

    def calls(budget: dict[str, float]) -> int:
        run_settings = settings(tmp_path, budget=budget).model_copy(
            update={"models": rehearsed.models}
        )
        with Archive.in_memory() as archive:
            return sum(one.calls for one in start(run_settings, archive).spend.values())

    assert calls({"calls": 200}) < 200
