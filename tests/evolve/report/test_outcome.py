"""What a run says when it ends: found or not, how sure, at what cost, and what to do next."""

import io
import json
import shlex
from pathlib import Path

import pytest
from rich.console import Console

from archive.records import Confirmation
from archive.store import Archive
from evolve.report import figures, outcome
from evolve.report.verdict import verdict
from evolve.run import start
from tests.evolve.runs import settings

PAIR = Confirmation(
    winner=7, seed=2, tasks=100, mean=0.8, interval=(0.7, 0.9), seed_mean=0.7,
    seed_interval=(0.6, 0.8), difference=0.1, difference_interval=(0.02, 0.18), usd=0.003,
    seed_usd=0.001, looks=1,
)  # fmt: skip


def confirmed(difference: float, low: float, high: float, **changes: object) -> Confirmation:
    told = {"difference": difference, "difference_interval": (low, high), **changes}
    return PAIR.model_copy(update=told)


@pytest.mark.parametrize(
    ("confirmation", "kind", "told", "advice"),
    [
        (None, "unconfirmed", "Not confirmed", "evolve eval --split test"),
        (confirmed(0, 0, 0, seed=7), "seed", "Nothing better was found than #7", "budget"),
        (PAIR, "better", "gains +10.0 points [+2.0 to +18.0] on sealed tasks, at 3 times", ""),
        (confirmed(0.1, 0.02, 0.18, usd=None), "better", "on sealed tasks.", ""),
        (confirmed(0.1, 0.02, 0.18, dearer_seed=5), "better", "could pay for, #2 gains", ""),
        (confirmed(-0.1, -0.2, -0.01), "worse", "loses", "evolve export --candidate 2"),
        (confirmed(0.05, -0.05, 0.15), "unsure", "Not proven better", "About 400 sealed tasks"),
        (confirmed(-0.05, -0.15, 0.05), "unsure", "Not proven better", "The seed does as well"),
        (confirmed(0.0001, -0.1, 0.1), "unsure", "Not proven better", ""),
    ],
)
def test_the_verdict_is_one_plain_sentence(
    confirmation: Confirmation | None, kind: str, told: str, advice: str
) -> None:
    found = verdict(confirmation)
    assert found.kind == kind
    assert told in found.told
    assert advice in found.advice
    assert bool(found.advice) == bool(advice)


def test_a_seed_that_was_too_dear_is_told_of() -> None:
    assert figures.dearer_seed(PAIR) == ""
    assert figures.dearer_seed(confirmed(0, 0, 0, dearer_seed=5)).startswith("#5 stood higher")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_run_ends_with_what_was_found_and_what_to_do_next(
    tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    path = tmp_path / "my runs.db"
    with Archive.write(path) as archive:
        result = start(settings(budget={"evaluations": 80}, confirm={"tasks": 5}), archive)
    file = io.StringIO()
    outcome.show(result, path, screen=Console(file=file, width=width))
    shown = file.getvalue()
    assert result.winner is not None
    assert verdict(result.confirmation).told.split()[0] in shown
    for label in ("validation", "sealed test", "best seed", "difference", "cost a task", "spent"):
        assert f"\n{label}" in shown or result.confirmation is None
    lines = [line for line in shown.splitlines() if "evolve " not in line]
    assert max(map(len, lines)) <= width
    commands = [line.strip() for line in shown.splitlines() if line.startswith("  evolve ")]
    assert len(commands) == 6
    assert any(f"archive show {result.winner.number}" in command for command in commands)
    for command in commands:
        assert str(path) in shlex.split(command)


def test_programs_get_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Archive.in_memory() as archive:
        result = start(settings(budget={"evaluations": 80}, confirm={"tasks": 5}), archive)
    outcome.show(result, tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict(result.confirmation).kind


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (None, "price unknown"),
        (0.0, "$0"),
        (1234.5, "$1,234.50"),
        (0.25, "$0.25"),
        (0.0001234, "$0.000123"),
        (0.0000189, "$0.000019"),
        (0.0000000012, "$1.2e-09"),
    ],
)
def test_money_is_written_out(amount: float | None, told: str) -> None:
    assert figures.usd(amount) == told
