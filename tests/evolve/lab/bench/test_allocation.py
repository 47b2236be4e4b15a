"""Replays of small matrices, and matrices that cannot be replayed."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evolve.allocators.base import ALLOCATORS
from evolve.cli.bench import app
from evolve.lab.bench.allocation import Curve, allocators, measure
from evolve.lab.bench.log import Log
from evolve.lab.bench.matrix import Matrix, MatrixError, load, priced
from evolve.lab.bench.replay import replay, shuffle
from evolve.lab.bench.reveal import reveal
from search_spaces.errors import EvolveError

root = typer.Typer()
root.add_typer(app, name="bench")


def outcomes(systems: int = 6, tasks: int = 40, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    ability, difficulty = np.linspace(-2, 2, systems), generator.normal(size=tasks)
    chance = 1.0 / (1.0 + np.exp(difficulty[None, :] - ability[:, None]))
    return (generator.random((systems, tasks)) < chance).astype(float)


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "small.npz"
    np.savez(path, **arrays)
    return path


def run(path: Path, *more: str) -> list[dict[str, Any]]:
    command = ["bench", "allocation", "--matrix", str(path), "--jobs", "1", "--json", *more]
    result = CliRunner().invoke(root, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


@pytest.mark.full
def test_every_allocator_can_be_replayed(tmp_path: Path) -> None:
    rows = run(saved(tmp_path, Y=outcomes()), "--reps", "2", "--horizon", "80")
    assert [row["allocator"] for row in rows] == ALLOCATORS.names()
    for row in rows:
        keys = {"allocator", "evaluations", "spend", "success", "stopped_at", "matrix"}
        assert keys <= row.keys()
        assert row["matrix"] == "small"
        assert 0 <= row["success"] <= 1
        assert row["evaluations"] is None or 0 <= row["evaluations"] <= 80


@pytest.mark.full
def test_the_answer_is_a_function_of_the_seed(tmp_path: Path) -> None:
    path = saved(tmp_path, Y=outcomes())
    first, again, other = (
        run(path, "--reps", "3", "--allocator", "thompson,value", "--seed", seed)
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_a_table_is_printed_too(tmp_path: Path) -> None:
    path = saved(tmp_path, Y=outcomes())
    command = ["bench", "allocation", "--matrix", str(path), "--reps", "2", "--jobs", "1"]
    result = CliRunner().invoke(root, [*command, "--allocator", "value"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "value" in result.stdout
    assert "small: 6 systems × 40 tasks" in result.stdout
    assert "success over log budget, from 6 to 240 evaluations" in result.stdout


@pytest.mark.full
@pytest.mark.parametrize("more", [[], ["--gradual"]], ids=["success", "regret"])
def test_the_table_fits_eighty_columns(tmp_path: Path, more: list[str]) -> None:
    path = saved(tmp_path, Y=outcomes(20, 100))
    command = ["bench", "allocation", "--matrix", str(path), "--reps", "2", "--jobs", "1"]
    names = "value,successive_halving,racing"
    result = CliRunner().invoke(root, [*command, "--allocator", names, *more])
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert "…" not in result.stdout
    assert result.stdout.count("successive_halving") == 2


@pytest.mark.full
def test_repetitions_in_a_log_are_not_replayed_again(tmp_path: Path) -> None:
    path, log = saved(tmp_path, Y=outcomes()), tmp_path / "log.jsonl"
    named = ("--allocator", "[value, {racing: {z: 2}}, successive_halving]", "--log", str(log))
    fresh = run(path, "--reps", "3", *named[:2])
    run(path, "--reps", "2", *named)
    first = log.read_text()
    assert run(path, "--reps", "3", *named) == fresh
    assert log.read_text().startswith(first)
    assert len(log.read_text().splitlines()) == 9
    log.write_text(log.read_text()[:-30])
    for _ in range(2):
        assert run(path, "--reps", "3", *named) == fresh
    assert len(log.read_text().splitlines()) == 10


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("hello\nworld\n")
    with pytest.raises(MatrixError, match="line 1: not a repetition"):
        Log(log)
    with pytest.raises(MatrixError, match="cannot be read"):
        Log(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("best", "unknown allocator 'best'"),
        ("[value, {racing: {y: 1}}]", "y"),
        ("[{racing: {z: 2]", "expected names, or"),
    ],
)
def test_unknown_allocators_are_refused(text: str, message: str) -> None:
    with pytest.raises(EvolveError, match=message):
        allocators(text)


@pytest.mark.full
def test_seeing_everything_finds_the_best(tmp_path: Path) -> None:
    matrix = load(saved(tmp_path, Y=outcomes()))
    for name in ("full", "uniform", "value"):
        outcome = measure(matrix, ALLOCATORS.find(name)(), reps=3, target=1.0)
        assert outcome.by_evaluations.success[-1] == 1.0
        assert outcome.by_evaluations.reached() is not None


def test_the_figure_looks_at_every_larger_budget() -> None:
    good = np.ones((10, 6), dtype=bool)
    good[:2, 3] = False
    curve = Curve(np.arange(6.0), good)
    assert curve.reached() == 4.0
    good[:2, 5] = False
    assert Curve(np.arange(6.0), good).reached() is None


def test_candidates_are_revealed_as_children_of_their_likes() -> None:
    block = np.repeat(outcomes(2, 60, 3), 4, axis=0)
    matrix = Matrix("blocks", block[:, :, None], np.ones(block.shape), tuple("abcdefgh"))
    played = reveal(ALLOCATORS.find("value")(), shuffle(matrix, 1), 1, 400)
    standings = played.standings
    assert 2 < len(standings) <= 8
    assert all(len(line) == 1 for line in standings.parents[2:])


def test_gradual_reveal_reports_regret(tmp_path: Path) -> None:
    path = saved(tmp_path, Y=outcomes())
    (row,) = run(path, "--reps", "2", "--allocator", "value", "--gradual", "--horizon", "120")
    assert len(row["regret"]) == 40
    assert row["regret"][-1]["regret"] <= row["regret"][0]["regret"]


def test_repeated_trials_are_drawn_one_after_another(tmp_path: Path) -> None:
    trials = np.stack([outcomes(3, 10, seed) for seed in range(4)], axis=2)
    matrix = load(saved(tmp_path, Y=trials))
    assert matrix.outcomes.shape == (3, 10, 4)
    played = replay(ALLOCATORS.find("full")(trials=4), shuffle(matrix, 0), 0, 10_000)
    assert (played.standings.counts == 4).all()
    shuffled = shuffle(matrix, 0)
    np.testing.assert_allclose(played.standings.scores.mean(axis=1), shuffled.truth, atol=1e-12)


def test_successes_and_trials_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path, successes=np.array([[1, 4], [0, 2]]), trials=np.full((2, 2), 4))
    np.testing.assert_allclose(load(path).outcomes.mean(axis=2), [[0.25, 1.0], [0.0, 0.5]])


def test_costs_are_kept_or_drawn(tmp_path: Path) -> None:
    matrix = load(saved(tmp_path, Y=outcomes(), cost=np.arange(1.0, 7.0)))
    assert matrix.costs[2, 5] == 3.0
    assert (priced(matrix, "equal", 0).costs == 1.0).all()
    drawn = priced(load(saved(tmp_path, Y=outcomes(200, 20))), "correlated", 0)
    assert np.log(drawn.costs).std() == pytest.approx(0.86, abs=0.08)
    assert np.corrcoef(np.log(drawn.costs).mean(axis=1), drawn.truth)[0, 1] > 0.4
    shared = priced(load(saved(tmp_path, Y=outcomes(20, 200))), "hard-tasks", 1)
    logs = np.log(shared.costs)
    assert logs.std(axis=1) == pytest.approx(0.86, abs=0.12)
    assert (logs == logs[0]).all()
    assert np.corrcoef(logs[0], shared.outcomes.mean(axis=(0, 2)))[0, 1] < -0.4
    with pytest.raises(MatrixError, match="expected matrix, equal"):
        priced(matrix, "free", 0)


def test_tasks_with_a_missing_score_are_left_out(tmp_path: Path) -> None:
    scores = outcomes()
    scores[2, 7] = np.nan
    matrix = load(saved(tmp_path, Y=scores))
    assert matrix.outcomes.shape == (6, 39, 1)
    assert matrix.left_out == 1


def test_systems_can_be_left_out(tmp_path: Path) -> None:
    path = saved(tmp_path, Y=outcomes(3), systems=np.array(["a", "b", "c"]))
    assert load(path, ("b",)).names == ("a", "c")
    with pytest.raises(MatrixError, match="no system is called 'x'"):
        load(path, ("x",))


@pytest.mark.parametrize(
    "scores",
    [
        np.ones((3, 8)),
        np.tile([0.0, 1.0], (3, 4)),
        np.array([[1.0], [0.0], [1.0]]),
        np.full((2, 5), 0.4),
    ],
    ids=["all solved", "constant columns", "one task", "all alike"],
)
def test_odd_matrices_have_defined_answers(tmp_path: Path, scores: np.ndarray) -> None:
    rows = run(saved(tmp_path, Y=scores), "--reps", "2", "--allocator", "value,racing,lucb")
    assert all(row["evaluations"] is not None for row in rows)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": np.ones((2, 2))}, "expected the key Y, or successes and trials; found: X"),
        ({"Y": np.ones((1, 9))}, "nothing to choose"),
        ({"Y": np.ones(9)}, "expected (systems, tasks)"),
        ({"Y": np.zeros((0, 3))}, "none of them 0"),
        ({"Y": np.full((2, 2), 1.5)}, "scores from 1.5 to 1.5; expected 0 to 1"),
        ({"Y": np.full((2, 2), -1.0)}, "expected 0 to 1"),
        ({"Y": np.full((2, 2), np.nan)}, "only NaN"),
        ({"Y": np.array([[1, np.nan], [np.nan, 1]])}, "every task lacks"),
        ({"Y": np.full((2, 2), np.inf)}, "infinite"),
        ({"Y": np.array([["a", "b"], ["c", "d"]])}, "expected numbers"),
        ({"Y": np.ones((2, 2)), "cost": np.ones(3)}, "cost has shape"),
        ({"Y": np.ones((2, 2)), "cost": np.zeros(2)}, "cost must be above 0"),
        ({"successes": np.full((2, 2), 3), "trials": np.ones((2, 2))}, "between 0 and trials"),
        ({"successes": np.ones((2, 2)), "trials": np.ones((3, 2))}, "one shape"),
    ],
)
def test_bad_matrices_are_one_clear_line(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(EvolveError, match=re.escape(message)) as caught:
        load(saved(tmp_path, **arrays))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_matrices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="does not exist"):
        load(tmp_path / "none.npz")
    text = tmp_path / "text.npz"
    text.write_text("hello")
    with pytest.raises(MatrixError, match=r"text\.npz"):
        load(text)
    pickled = saved(tmp_path, Y=np.array([{}], dtype=object))
    with pytest.raises(MatrixError, match="plain arrays"):
        load(pickled)
