"""The landscapes: each is a run file that works, and known optima have their stated scores."""

import json
from pathlib import Path

import pytest

from archive.reading import Reader
from configs.landscapes import noisy_scorer
from configs.landscapes.problems import text
from evolve import clock
from evolve.answers.reading import normalise
from evolve.engine.seeds import seed_configurations
from evolve.engine.session import models_of
from evolve.models.base import Models
from evolve.models.llama_cpp import LlamaCpp
from evolve.runfile.settings import RunSettings, find_run_file, load_run_file
from evolve.runtime.messages import system_message
from evolve.runtime.plan import Plans
from evolve.runtime.scheduler import run_system
from evolve.simulator.calibration.optimum import best_alone
from evolve.simulator.landscape import Landscape
from evolve.simulator.reader import read
from evolve.simulator.simulated import Simulated
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError
from search_spaces.library import systems
from tests.evolve.cli.commands import evolve_process

FOLDER = Path(__file__).parents[2] / "configs" / "landscapes"
REAL = {"inbox": (80, 160), "facts": (60, 100), "rules": (60, 100)}
"""Landscapes with a real model, which is not needed here: validation and sealed tasks of each."""
NAMES = sorted(
    path.stem
    for path in FOLDER.glob("*.yaml")
    if path.stem not in REAL and not path.stem.startswith("recorded")
)


def load(name: str) -> RunSettings:
    return load_run_file(str(FOLDER / f"{name}.yaml"))


def world_of(settings: RunSettings) -> Landscape:
    model = next(iter(settings.models.values()))
    assert isinstance(model, Simulated)
    assert isinstance(model.landscape, Landscape)
    return model.landscape


def test_there_are_ten() -> None:
    assert len(NAMES) >= 10


def test_their_tasks_are_reproduced_byte_for_byte() -> None:
    assert (FOLDER / "problems.jsonl").read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("name", NAMES)
def test_a_landscape_is_one_file_that_can_be_run(name: str) -> None:
    settings = load(name)
    assert settings.name == name
    assert seed_configurations(settings)
    tasks = settings.tasks.load(settings.seed)
    assert (len(tasks.validation), tasks.sealed) == (250, 500)
    worlds = {str(model.landscape) for model in settings.models.values()}  # type: ignore[attr-defined]
    assert len(worlds) == 1


@pytest.mark.parametrize("name", REAL)
def test_a_landscape_with_a_real_model_has_the_form_of_one(name: str) -> None:
    settings = load(name)
    assert settings.name == name
    assert seed_configurations(settings)
    tasks = settings.tasks.load(settings.seed)
    assert (len(tasks.validation), tasks.sealed) == REAL[name]
    assert [type(model) for model in settings.models.values()] == [LlamaCpp]
    assert settings.budget.calls


def test_a_landscape_is_found_by_its_name() -> None:
    assert find_run_file("landscapes/topology").samefile(FOLDER / "topology.yaml")
    assert find_run_file("topology").samefile(FOLDER / "topology.yaml")


def test_recorded_landscapes_say_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TASKS", "MATRICES"):
        monkeypatch.delenv(name, raising=False)
    for name in ("recorded_math", "recorded_crux"):
        with pytest.raises(ConfigError, match="the variable TASKS is not set"):
            load_run_file(name)


@pytest.mark.full
@pytest.mark.parametrize("name", [n for n in NAMES if world_of(load(n)).optimum])
def test_the_known_optimum_has_its_stated_score_and_beats_the_seeds(name: str) -> None:
    settings = load(name)
    optimum = world_of(settings).optimum
    assert optimum is not None
    best = SystemConfig.model_validate(optimum.system)
    assert settings.space.check(best) == []
    tasks = settings.tasks.load(settings.seed)
    every = [*tasks.validation, *tasks.unseal()]
    assert accuracy(settings, best, every) == pytest.approx(optimum.score, abs=0.02)
    for seed in seed_configurations(settings):
        assert accuracy(settings, seed, tasks.validation) < optimum.score - 0.05


@pytest.mark.full
@pytest.mark.parametrize("name", ["prompts_only", "deceptive_pair"])
def test_the_known_optimum_has_the_best_of_all_instructions(name: str) -> None:
    settings = load(name)
    optimum = world_of(settings).optimum
    assert optimum is not None
    (agent,) = SystemConfig.model_validate(optimum.system).agents
    tasks = settings.tasks.load(settings.seed)
    (best,) = best_alone(models_of(settings), settings.space, tasks.validation, top=1)
    (message,) = system_message(agent)
    assert read(message.content).features == set(best.alone.features)
    assert best.alone.expected == pytest.approx(optimum.score, abs=0.05)
    assert best.score == pytest.approx(best.alone.expected, abs=0.06)


@pytest.mark.full
def test_what_is_enumerated_costs_no_more_than_a_task_may() -> None:
    settings = load("tight_budget")
    tasks = settings.tasks.load(settings.seed).validation
    cap = settings.objective.cost_at_most
    found = best_alone(models_of(settings), settings.space, tasks, 2, cap)
    assert found
    assert all(each.cost <= (cap or 0) for each in found)


@pytest.mark.full
def test_a_landscape_dropped_in_anywhere_works(tmp_path: Path) -> None:
    rows = [{"question": f"What is {n} plus {n}?", "answer": str(2 * n)} for n in range(60)]
    tmp_path.joinpath("sums.jsonl").write_text("\n".join(map(json.dumps, rows)))
    world = {"answers": {"file": "sums.jsonl"}, "elsewhere": {"difficulty": 0.4}}
    mine = {
        "tasks": {"file": "sums.jsonl"},
        "models": {"one": {"simulated": {"profile": "alder-small", "landscape": world}}},
        "space": {"agents": [1, 2]},
        "budget": {"evaluations": 60},
        "confirm": {"tasks": 8},
    }
    tmp_path.joinpath("mine.yaml").write_text(json.dumps(mine), encoding="utf-8")
    result = evolve_process("run", "mine.yaml", "--quiet", folder=tmp_path)
    assert result.code == 0, result.err
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert archive.run().status == "finished"


CHANCE = 0.04
"""Two standard errors of a paired difference on these tasks."""


@pytest.mark.full
def test_no_team_is_better_than_the_strong_model_alone() -> None:
    settings = load("strong_single")
    optimum = world_of(settings).optimum
    assert optimum is not None
    best = SystemConfig.model_validate(optimum.system)
    tasks = settings.tasks.load(settings.seed).validation
    alone, teams = accuracy(settings, best, tasks), 0
    for name, config in systems().items():
        if len(config.agents) > 1 and config.answer.mode != "centroid":
            strong = [agent.model_copy(update={"model": "strong"}) for agent in config.agents]
            team = config.model_copy(update={"agents": tuple(strong)})
            assert accuracy(settings, team, tasks) < alone + CHANCE, name
            teams += 1
    assert teams >= 5


def accuracy(
    settings: RunSettings, config: SystemConfig, tasks: "list[Task] | tuple[Task, ...]"
) -> float:
    models = Models(settings.models, settings.answering)
    plan = Plans(models).of(config)

    async def right() -> int:
        count = 0
        for task in tasks:
            trace = await run_system(config, task.input, models, plan=plan)
            count += normalise(trace.answer) == normalise(str(task.answer))
        return count

    return clock.run(right(), virtual=True) / len(tasks)


def test_the_noisy_scorer_is_often_wrong_and_always_in_the_same_way() -> None:
    tasks = [
        Task(number=n, input=TaskInput(id=str(n), text="?"), answer=str(n)) for n in range(2000)
    ]
    for answer, truth in (("right", 1.0), ("wrong", 0.0)):
        given = {"right": lambda task: str(task.answer), "wrong": lambda task: "no"}[answer]
        scores = [noisy_scorer.score(task, given(task)) for task in tasks]
        assert scores == [noisy_scorer.score(task, given(task)) for task in tasks]
        agree = sum(score == truth for score in scores) / len(scores)
        assert agree == pytest.approx(1 - noisy_scorer.WRONG, abs=0.04)
