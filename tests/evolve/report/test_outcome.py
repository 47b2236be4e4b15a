"""The outcome of a run: the verdict, its evidence, the cost, and next commands."""

import io
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from archive.records import Confirmation, CostUnit
from archive.store import Archive
from evolve.budget.ledger import Spend
from evolve.engine.run import start
from evolve.report import figures, outcome
from evolve.report.verdict import verdict
from evolve.runfile.settings import RunSettings
from tests.evolve.runs import settings

PAIR = Confirmation(
    winner=7, seed=2, tasks=100, mean=0.8, interval=(0.7, 0.9), seed_mean=0.7,
    seed_interval=(0.6, 0.8), difference=0.1, difference_interval=(0.02, 0.18), cost=0.003,
    seed_cost=0.001, looks=1,
)  # fmt: skip


def confirmed(difference: float, low: float, high: float, **changes: object) -> Confirmation:
    values = {"difference": difference, "difference_interval": (low, high), **changes}
    return PAIR.model_copy(update=values)


@pytest.mark.parametrize(
    ("confirmation", "kind", "text", "advice"),
    [
        (None, "unconfirmed", "Not confirmed", "A larger budget"),
        (confirmed(0, 0, 0, seed=7), "seed", "Nothing better was found than #7", "budget"),
        (PAIR, "better", "gains +10.0 points [+2.0 to +18.0] on sealed tasks, at 3 times", ""),
        (confirmed(0.1, 0.02, 0.18, cost=None), "better", "on sealed tasks.", ""),
        (confirmed(0.1, 0.02, 0.18, unaffordable_seed=5), "better", "could pay for, #2 gains", ""),
        (confirmed(-0.1, -0.2, -0.01), "worse", "loses", "Take the seed #2"),
        (confirmed(0.05, -0.05, 0.15), "unsure", "Not proven better", "About 400 sealed tasks"),
        (confirmed(-0.05, -0.15, 0.05), "unsure", "Not proven better", "The seed #2 does as well"),
        (confirmed(0.0001, -0.1, 0.1), "unsure", "Not proven better", ""),
    ],
)
def test_the_verdict_is_one_plain_sentence(
    confirmation: Confirmation | None, kind: str, text: str, advice: str
) -> None:
    found = verdict(confirmation)
    assert found.kind == kind
    assert text in found.sentence
    assert advice in found.advice
    assert bool(found.advice) == bool(advice)


def test_an_unaffordable_seed_is_shown() -> None:
    assert figures.unaffordable_seed(PAIR) == ""
    assert figures.unaffordable_seed(confirmed(0, 0, 0, unaffordable_seed=5)).startswith(
        "#5 stood higher"
    )


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_run_ends_with_what_was_found_and_what_to_do_next(
    tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("evolve.report.commands.program", lambda: "evolve")
    path = tmp_path / "my runs.db"
    with Archive.write(path) as archive:
        result = start(settings(budget={"evaluations": 80}, confirm={"tasks": 5}), archive)
    file = io.StringIO()
    outcome.show(result, path, screen=Console(file=file, width=width))
    shown = file.getvalue()
    assert result.winner is not None
    assert verdict(result.confirmation).sentence.split()[0] in shown
    labels = ["validation", "spent"]
    if (confirmed := result.confirmation) is not None:
        labels += ["sealed test", "cost a task"]
        labels += ["best seed", "difference"] if confirmed.winner != confirmed.seed else []
    assert [label for label in labels if f"\n{label}" not in shown] == []
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
    ("amount", "text"),
    [
        (0.0, "$0"),
        (1234.5, "$1,234.50"),
        (0.25, "$0.25"),
        (0.0001234, "$0.000123"),
        (0.0000189, "$0.000019"),
        (0.0000000012, "$1.2e-09"),
    ],
)
def test_money_is_written_out(amount: float, text: str) -> None:
    assert figures.usd(amount) == text
    assert figures.cost(amount, "usd") == text


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (412.3, "tokens", "412 tokens"),
        (12_345.6, "tokens", "12,346 tokens"),
        (1.0, "tokens", "1 token"),
        (1.234, "calls", "1.23 calls"),
        (1.0, "calls", "1 call"),
        (3.41, "seconds", "3.41 s"),
        (0.0, "seconds", "0 s"),
        (None, "tokens", "cost unknown"),
    ],
)
def test_costs_have_their_unit(amount: float | None, unit: CostUnit, text: str) -> None:
    assert figures.cost(amount, unit) == text


def test_a_spend_is_in_usd_only_if_all_of_it_is_known() -> None:
    known = Spend(usd=0.5, calls=3, tokens=900)
    unknown = Spend(usd=None, calls=2, tokens=1_100)
    assert figures.total([known, known]) == "$1.00"
    assert figures.total([known, unknown]) == "2,000 tokens in 5 calls"
    assert figures.by_purpose({"search": known, "propose": Spend()}) == {"search": "$0.5"}
    parts = figures.by_purpose({"search": known, "propose": unknown, "confirm": Spend()})
    assert parts == {"search": "900 tokens", "propose": "1,100 tokens"}


def unpriced(*names: str) -> RunSettings:
    """The quickstart's models, of which some have no price."""
    profiles = {"small": "alder-small", "other": "birch-small"}
    models = {
        name: {
            "simulated": {
                "profile": profile,
                "landscape": "puzzles_landscape.yaml",
                "priced": name not in names,
            }
        }
        for name, profile in profiles.items()
    }
    small = {"budget": {"evaluations": 60}, "confirm": {"tasks": 5}, "objective": {}}
    return settings(models=models, space={"models": ["other"]}, **small)


@pytest.mark.full
@pytest.mark.parametrize(
    ("names", "remarks"),
    [(("small", "other"), 0), (("small",), 1), ((), 0)],
    ids=["no price", "one price", "both prices"],
)
def test_a_missing_price_is_said_once_if_others_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, ...], remarks: int
) -> None:
    with Archive.in_memory() as archive:
        result = start(unpriced(*names), archive)
    outcome.show(result, tmp_path)
    text = " ".join(capsys.readouterr().out.partition("Next")[0].split())
    assert text.count("small has no price, so the spend in USD is unknown") == remarks
    assert text.count("price") == 3 * remarks
    assert ("$" in text) is not bool(names)
    assert bool(re.search(r"cost a task [\d,]+ tokens", text)) is bool(names)
    assert bool(re.search(r"spent [\d,]+ tokens in [\d,]+ calls: search", text)) is bool(names)


def test_the_share_that_prompt_caches_held_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Archive.in_memory() as archive:
        result = start(settings(budget={"evaluations": 60}, confirm={"tasks": 5}), archive)
    outcome.show(result, tmp_path)
    assert "prompt cache" not in capsys.readouterr().out
    outcome.show(replace(result, cached_share=0.734), tmp_path)
    assert "73 % of the prompt tokens were cached" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("confirmation", "command"),
    [
        (confirmed(0.1, 0.02, 0.18), "evolve export -o best.yaml --archive a.db"),
        (confirmed(0.05, -0.05, 0.15), "evolve export -o best.yaml --archive a.db"),
        (confirmed(0, -0.1, 0.1), "evolve export --candidate 2 -o best.yaml --archive a.db"),
        (confirmed(-0.2, -0.3, -0.1), "evolve export --candidate 2 -o best.yaml --archive a.db"),
    ],
)
def test_the_next_commands_export_what_the_verdict_advises(
    confirmation: Confirmation, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evolve.report.commands.program", lambda: "evolve")
    with Archive.in_memory() as archive:
        result = start(settings(budget={"evaluations": 80}, confirm={"tasks": 5}), archive)
    result = replace(result, confirmation=confirmation)
    file = io.StringIO()
    outcome.show(result, Path("a.db"), screen=Console(file=file, width=200))
    assert command in file.getvalue()
