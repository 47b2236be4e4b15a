"""`evolve export`: files, folders, chats and studies."""

import json
import re
from pathlib import Path

import optuna
import pytest

from archive import fronts
from archive.reading import Reader
from evolve.engine.recorded import settings_of
from evolve.export.formats import FORMATS
from evolve.report import figures
from tests.evolve.cli.commands import Command


def test_the_front_is_a_folder_of_files(command: Command, archive: Path) -> None:
    result = command("export", "--front", "-o", "front", "--format", "python")
    with Reader.read(archive) as opened:
        front = {
            f"quickstart_simulated_{s.candidate}.py"
            for s in fronts.pareto(opened.standings(opened.run()))
        }
    assert result.out == f"wrote {len(front)} files into front\n"
    assert {path.name for path in (archive.parent / "front").iterdir()} == front


def test_trajectories_are_chats_with_rewards(command: Command, archive: Path) -> None:
    result = command("export", "--candidate", "0", "--format", "trajectories")
    lines = [json.loads(line) for line in result.out.splitlines()]
    with Reader.read(archive) as opened:
        run = opened.run()
        rollouts = list(opened.rollouts(run, 0, "search", traces=True))
        tasks = settings_of(opened, run).tasks.load(run.seed)
    known = {task.input.id: task for task in (*tasks.train, *tasks.validation)}
    assert len(lines) == sum(len(rollout.trace.steps) for rollout in rollouts) > 0
    for line in lines:
        about, task = line["extra_info"], known[line["extra_info"]["task"]]
        assert task.input.text in line["prompt"][-1]["content"]
        assert line["completion"][0]["role"] == "assistant"
        assert line["reward"] == about["system_reward"]  # one agent answers alone
        assert line["reward_model"]["ground_truth"] == task.answer
    assert {line["extra_info"]["split"] for line in lines} == {"validation"}


def test_trajectories_hold_the_messages_of_every_agent(command: Command, archive: Path) -> None:
    with Reader.read(archive) as opened:
        run = opened.run()
        team = next(c for c in opened.candidates(run) if c.config.name == "critic_solver")
        rollouts = list(opened.rollouts(run, team.number, "search", traces=True))
    result = command("export", "--candidate", str(team.number), "--format", "trajectories")
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert len(lines) == sum(len(rollout.trace.steps) for rollout in rollouts)
    critics = [line for line in lines if line["extra_info"]["agent"] == "critic"]
    assert critics
    for line in critics:
        heard = line["prompt"][-1]["content"].split("## Message from")[1]
        before = [
            each["completion"][0]["content"]
            for each in lines
            if each["extra_info"]["agent"] == "solver"
            and each["extra_info"]["task"] == line["extra_info"]["task"]
            and each["extra_info"]["round"] == line["extra_info"]["round"]
        ]
        assert any(text in heard for text in before)


@pytest.mark.parametrize("form", FORMATS)
def test_every_export_has_its_provenance(command: Command, archive: Path, form: str) -> None:
    with Reader.read(archive) as opened:
        run = opened.run()
        (confirmed,) = opened.confirmations(run)
        winner = opened.candidate(run, confirmed.winner)
        standing = next(s for s in opened.standings(run) if s.candidate == winner.number)
    result = command("export", "--candidate", str(winner.number), "--format", form)
    text = " ".join(re.sub(r"#|%%|\\n", " ", result.out).split())
    for message in (
        f"Found by evolve, run {run.id}, id {winner.id}.",
        f"Validation {figures.standing(standing)} from {standing.evaluations} evaluations",
        f"at {figures.cost(standing.cost, 'usd')} each",
        f"Sealed test {figures.score(confirmed.mean, confirmed.interval)}",
        f"on {confirmed.tasks} tasks",
    ):
        assert message in text, message


@pytest.mark.full
def test_a_study_opens_in_optuna(command: Command, archive: Path) -> None:
    result = command("export", "--format", "optuna", "-o", "study.db")
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{archive.parent / 'study.db'}")
    with Reader.read(archive) as opened:
        standings = [s for s in opened.standings(opened.run()) if s.evaluations]
    assert result.out.startswith(f"wrote {len(standings)} trials")
    assert [trial.values for trial in study.trials] == [[s.mean, s.cost] for s in standings]
    assert [trial.user_attrs["evaluations"] for trial in study.trials] == [
        s.evaluations for s in standings
    ]
    for name in study.trials[0].params:
        values = [trial.params[name] for trial in study.trials]
        assert len(set(values)) > 1, f"{name} is constant"
    assert all(trial.datetime_start <= trial.datetime_complete for trial in study.trials)
    assert isinstance(study.trials[0].params["agents"], int)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "pyton"], "did you mean 'python'"),
        (["--front"], "name a folder with -o"),
        (["--front", "-o", "evolve.db"], "name a folder with -o"),
        (["--front", "--best"], "give one of --best, --candidate and --front"),
        (["--format", "optuna"], "name it with -o"),
        (["--format", "optuna", "-o", "evolve.db"], "is there already"),
        (["--format", "optuna", "-o", "no/where.db"], "cannot be written"),
        (["--candidate", "999"], "has no candidate '999'"),
    ],
)
def test_mistakes_are_one_line(command: Command, words: list[str], message: str) -> None:
    result = command("export", *words)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1
