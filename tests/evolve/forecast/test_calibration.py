"""Estimates that know models from earlier runs."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.engine.run import start
from evolve.forecast import estimate
from evolve.forecast.calibration import calibrations, extended
from evolve.forecast.dry_run import UNCALIBRATED, Calibration, with_stand_ins
from evolve.forecast.earlier import Evaluation, told_in
from evolve.runfile.settings import RunSettings, load_run_file, read_settings
from evolve.tasks.base import Task
from tests.evolve.cli.endpoints import project, serving
from tests.evolve.models.openai.fake_endpoint import answers, completion

PROMPT, REPLY = 11, 7
"""Tokens that the endpoint counts for every call."""


def settings(folder: Path, model: dict[str, Any]) -> RunSettings:
    rows = [{"question": f"What is {n} plus {n}?", "answer": str(2 * n)} for n in range(80)]
    folder.joinpath("tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    values = {
        "tasks": {"file": "tasks.jsonl"},
        "models": {"one": model},
        "space": {"agents": [1, 3]},
        "seeds": {"library": ["single", "critic_solver"]},
        "budget": {"evaluations": 90},
        "confirm": {"tasks": 5},
    }
    return read_settings(json.dumps(values), "run.json", folder)


def all_tasks(run_settings: RunSettings) -> list[Task]:
    tasks = run_settings.tasks.load(run_settings.seed)
    return [*tasks.train, *tasks.validation, *tasks.unseal()]


def made(run_settings: RunSettings) -> list[Evaluation]:
    """Evaluations of a run."""
    tasks = {task.number: task for task in all_tasks(run_settings)}
    with Archive.in_memory() as archive:
        run = start(run_settings, archive).run
        config_of = {one.number: one.config for one in archive.candidates(run)}
        return [
            Evaluation(config_of[rollout.candidate], tasks[rollout.task], rollout)
            for rollout in archive.rollouts(run, traces=True)
        ]


@pytest.mark.full
def test_stand_ins_become_as_talkative_as_models_are(tmp_path: Path) -> None:
    def answering(**profile: Any) -> list[Evaluation]:
        written = {"family": "oak", "ability": 0.4, **profile}
        key = {"file": "tasks.jsonl"}
        return made(settings(tmp_path, {"simulated": {"profile": written, "answers": key}}))

    paid = settings(tmp_path, {"openai": {"model": "big", "base_url": "http://127.0.0.1:9/v1"}})
    rehearsed = partial(with_stand_ins, paid, all_tasks(paid), tmp_path / "key.jsonl")
    (long,) = calibrations(answering(tokens=200), rehearsed).values()
    (short,) = calibrations(answering(tokens=40), rehearsed).values()
    assert long.verbosity / short.verbosity == pytest.approx(5, rel=0.4)
    assert long.prompts == pytest.approx(1, abs=0.2)


def test_of_a_few_calls_nothing_is_concluded(tmp_path: Path) -> None:
    paid = settings(tmp_path, {"openai": {"model": "big", "base_url": "http://127.0.0.1:9/v1"}})
    assert (
        calibrations([], partial(with_stand_ins, paid, all_tasks(paid), tmp_path / "k.jsonl")) == {}
    )


def test_models_of_which_nothing_is_known_are_taken_to_be_like_the_others() -> None:
    known = {"one": Calibration(verbosity=4.0), "two": Calibration(pace=0.25)}
    every = extended(known, ["one", "two", "three"])
    assert every["one"] == known["one"]
    assert every["three"] == Calibration(verbosity=pytest.approx(2.0), pace=pytest.approx(0.5))
    assert extended({}, ["one"]) == {}
    assert Calibration() == UNCALIBRATED


@pytest.mark.full
def test_an_estimate_learns_from_earlier_runs_with_the_same_endpoint(tmp_path: Path) -> None:
    with serving(then=answers(completion())) as endpoint, Archive.in_memory() as archive:
        run_settings = load_run_file(str(project(tmp_path, endpoint.url)))
        before = estimate(run_settings, archive)
        start(run_settings, archive)
        after = estimate(run_settings, archive)
        elsewhere = run_settings.model_copy(
            update={"models": {"m": run_settings.models["m"].model_copy(update={"model": "other"})}}
        )
        assert told_in(archive, elsewhere, all_tasks(elsewhere)) == ()
    assert (before.known, after.known) == ((), ("m",))
    assert after.learned > 12
    took = {name: amount.expected for name, amount in after.amounts.items()}
    assert PROMPT / 2 < took["prompt_tokens"] / took["calls"] < 2 * PROMPT
    assert REPLY / 2 < took["completion_tokens"] / took["calls"] < 2 * REPLY
    for name in ("prompt_tokens", "completion_tokens"):
        assert before.amounts[name].expected > 4 * took[name]
