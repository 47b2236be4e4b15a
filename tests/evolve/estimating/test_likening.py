"""Estimates that know models from earlier runs."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.estimating import estimate
from evolve.estimating.earlier import Evaluation, told_in
from evolve.estimating.likening import extended, likenesses
from evolve.rehearsal import ALIKE, Likeness, stand_in
from evolve.run import start
from evolve.settings import RunSettings, load_run_file, read_settings
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


def all_tasks(asked: RunSettings) -> list[Task]:
    tasks = asked.tasks.load(asked.seed)
    return [*tasks.train, *tasks.validation, *tasks.unseal()]


def made(asked: RunSettings) -> list[Evaluation]:
    """Evaluations of a run."""
    tasks = {task.number: task for task in all_tasks(asked)}
    with Archive.in_memory() as archive:
        run = start(asked, archive).run
        config_of = {one.number: one.config for one in archive.candidates(run)}
        return [
            Evaluation(config_of[rollout.candidate], tasks[rollout.task], rollout)
            for rollout in archive.rollouts(run, traces=True)
        ]


def test_stand_ins_become_as_talkative_as_models_are(tmp_path: Path) -> None:
    def answering(**profile: Any) -> list[Evaluation]:
        written = {"family": "oak", "ability": 0.4, **profile}
        key = {"file": "tasks.jsonl"}
        return made(settings(tmp_path, {"simulated": {"profile": written, "answers": key}}))

    paid = settings(tmp_path, {"openai": {"model": "big", "base_url": "http://127.0.0.1:9/v1"}})
    rehearsed = partial(stand_in, paid, all_tasks(paid), tmp_path / "key.jsonl")
    (long,) = likenesses(answering(tokens=200), rehearsed).values()
    (short,) = likenesses(answering(tokens=40), rehearsed).values()
    assert long.verbosity / short.verbosity == pytest.approx(5, rel=0.4)
    assert long.prompts == pytest.approx(1, abs=0.2)


def test_of_a_few_calls_nothing_is_concluded(tmp_path: Path) -> None:
    paid = settings(tmp_path, {"openai": {"model": "big", "base_url": "http://127.0.0.1:9/v1"}})
    assert likenesses([], partial(stand_in, paid, all_tasks(paid), tmp_path / "k.jsonl")) == {}


def test_models_of_which_nothing_is_known_are_taken_to_be_like_the_others() -> None:
    told = {"one": Likeness(verbosity=4.0), "two": Likeness(pace=0.25)}
    every = extended(told, ["one", "two", "three"])
    assert every["one"] == told["one"]
    assert every["three"] == Likeness(verbosity=pytest.approx(2.0), pace=pytest.approx(0.5))
    assert extended({}, ["one"]) == {}
    assert Likeness() == ALIKE


def test_an_estimate_learns_from_earlier_runs_with_the_same_endpoint(tmp_path: Path) -> None:
    with serving(then=answers(completion())) as endpoint, Archive.in_memory() as archive:
        asked = load_run_file(str(project(tmp_path, endpoint.url)))
        before = estimate(asked, archive)
        start(asked, archive)
        after = estimate(asked, archive)
        elsewhere = asked.model_copy(
            update={"models": {"m": asked.models["m"].model_copy(update={"model": "other"})}}
        )
        assert told_in(archive, elsewhere, all_tasks(elsewhere)) == ()
    assert (before.known, after.known) == ((), ("m",))
    assert after.learned > 12
    took = {name: amount.expected for name, amount in after.amounts.items()}
    assert PROMPT / 2 < took["prompt_tokens"] / took["calls"] < 2 * PROMPT
    assert REPLY / 2 < took["completion_tokens"] / took["calls"] < 2 * REPLY
    for name in ("prompt_tokens", "completion_tokens"):
        assert before.amounts[name].expected > 4 * took[name]
