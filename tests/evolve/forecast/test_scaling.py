"""Scaled-down runs, whose evaluations stand for several."""

import json
from pathlib import Path

import pytest

from evolve.forecast.extrapolation import Whole
from evolve.forecast.scaling import lengthened, shortened
from evolve.runfile.settings import RunSettings, read_settings

PURCHASE = {"usd": 0.01, "evaluations": 1.0, "calls": 5.0, "tokens": 3_000.0}


def run(folder: Path, **budget: float) -> RunSettings:
    rows = [{"question": f"What is {n} plus {n}?", "answer": str(2 * n)} for n in range(100)]
    folder.joinpath("tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    model = {"simulated": {"profile": "alder-small", "answers": {"file": "tasks.jsonl"}}}
    values = {"tasks": {"file": "tasks.jsonl"}, "models": {"one": model}, "budget": budget}
    return read_settings(json.dumps(values), "run.json", folder)


def took(**totals: float) -> Whole:
    proposing = {"calls": 20.0, "usd": 0.1}
    everything = {"seconds": 60.0, "candidates": 10.0, **totals}
    return Whole(everything, proposing, {"one": totals["calls"]}, {"one": 1.0}, "usd")


def test_caps_and_tasks_are_divided_but_not_what_a_purchase_takes(tmp_path: Path) -> None:
    run_settings = run(tmp_path, evaluations=2_000, calls=10_000)
    shorter = shortened(run_settings, 4, PURCHASE)
    assert shorter.budget.evaluations == 500
    assert shorter.budget.calls == 10_000 / 4 + 0.75 * 8 * 5
    assert len(shorter.tasks.load(0).validation) == len(run_settings.tasks.load(0).validation) / 4
    assert (shorter.confirm.tasks, shorter.concurrency) == (10, 16)


def test_a_run_that_is_short_stays_as_it_is(tmp_path: Path) -> None:
    run_settings = run(tmp_path, evaluations=100)
    assert shortened(run_settings, 1, {}) is run_settings


def longer_than(run_settings: RunSettings, took: Whole) -> Whole:
    """The run, of which one four times shorter took that."""
    return lengthened(run_settings, shortened(run_settings, 4, PURCHASE), took, 4)


def test_the_longer_run_takes_so_many_times_as_much(tmp_path: Path) -> None:
    run_settings = run(tmp_path, evaluations=900, calls=99_999)
    longer = longer_than(run_settings, took(evaluations=200, calls=420))
    assert longer.totals["evaluations"] == 800
    assert longer.totals["seconds"] == 60
    made = longer.totals["candidates"] / 10
    assert 1 < made < 4
    assert longer.totals["calls"] == pytest.approx(4 * 400 + made * 20)


def test_where_nothing_counts_but_evaluations_they_grow(tmp_path: Path) -> None:
    calls = [
        longer_than(run(tmp_path, evaluations=900, **more), took(evaluations=200, calls=420))
        for more in ({}, {"calls": 99_999})
    ]
    assert calls[0].totals["calls"] > 1.1 * calls[1].totals["calls"]


def test_the_longer_run_leaves_as_much_of_its_cap_and_evaluates_for_what_proposals_leave(
    tmp_path: Path,
) -> None:
    longer = longer_than(run(tmp_path, usd=2.0), took(evaluations=200, calls=420, usd=0.5))
    spare = 0.75 * 8 * 0.01
    assert longer.totals["usd"] == pytest.approx(2.0 - (2.0 / 4 + spare - 0.5))
    assert longer.totals["evaluations"] > 200 * 1.9 / 0.5


def test_no_larger_a_share_of_a_small_cap_is_left_than_in_the_shorter_run(tmp_path: Path) -> None:
    run_settings = run(tmp_path, usd=0.04)
    tiny = took(evaluations=20, calls=42, usd=0.02)._replace(proposing={})
    share = 0.02 / (0.04 / 4 + 0.75 * 8 * 0.01)
    assert longer_than(run_settings, tiny).totals["usd"] == pytest.approx(0.04 * share)
