"""What `evolve eval` prints for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.evolve.cli.commands import Command, run_file


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    Path("a_model.py").write_text(
        "from evolve.models.base import Reply\n"
        "def reply(request): return Reply('Answer: 4', 30, 10, 0.1)\n"
    )
    Path("system.yaml").write_text("agents: [{name: solver}]")
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("price", "objective", "cost", "usd"),
    [
        ({"prompt": 1, "completion": 1}, {}, ("usd", 40e-6), 40e-6),
        ({"prompt": 1, "completion": 1}, {"cost": "tokens"}, ("tokens", 40), 40e-6),
        (None, {}, ("tokens", 40), None),
    ],
)
def test_costs_stand_in_the_runs_unit_and_in_usd(
    command: Command,
    price: dict[str, float] | None,
    objective: dict[str, str],
    cost: tuple[str, float],
    usd: float | None,
) -> None:
    model: dict[str, Any] = {"scripted": {"script": "a_model:reply", "price": price}}
    run_file(models={"m": model}, space={}, objective=objective, budget={"evaluations": 200})
    result = command("eval", "system.yaml", "--run-file", "run.yaml", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert (found["unit"], found["cost"]) == (cost[0], pytest.approx(cost[1]))
    assert found["usd"] == (None if usd is None else pytest.approx(usd))
