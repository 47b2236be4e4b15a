"""Searches whose models have no price: limits and standings in tokens, calls or seconds."""

from pathlib import Path

import pytest

from archive.records import CostUnit, Rollout
from archive.store import Archive
from evolve.engine.replay import check_replay
from evolve.engine.run import resume, start
from evolve.errors import RunError
from evolve.runfile.settings import RunSettings
from evolve.standings.best import objective_of
from tests.evolve.runs import settings

PROFILES = {"small": "alder-small", "other": "birch-small", "medium": "alder-medium"}
MOST = 500.0


def unpriced(*, priced: bool = False, **changes: object) -> RunSettings:
    landscape = "puzzles_landscape.yaml"
    models = {
        name: {"simulated": {"profile": profile, "landscape": landscape, "priced": priced}}
        for name, profile in PROFILES.items()
    }
    small = {"budget": {"evaluations": 80}, "confirm": {"tasks": 5}, "objective": {}}
    return settings(**{**small, "models": models, **changes})


def test_a_limit_in_tokens_holds_without_prices() -> None:
    with Archive.in_memory() as archive:
        result = start(unpriced(objective={"cost_at_most": MOST}), archive)
        run = archive.run()
        assert objective_of(run).unit == "tokens"
        standings = archive.standings(run)
        used: dict[int, list[int]] = {}
        for each in archive.results(run):
            if isinstance(each, Rollout) and each.purpose == "search":
                used.setdefault(each.candidate, []).append(each.trace.usage.tokens)
    assert result.standing is not None
    assert result.standing.cost is not None
    assert result.standing.cost <= MOST
    assert any(each.cost is not None and each.cost > MOST for each in standings)
    for each in standings:
        if each.evaluations:
            tokens = used[each.candidate]
            assert each.cost == pytest.approx(sum(tokens) / len(tokens))
    assert result.confirmation is not None
    assert result.confirmation.cost is not None
    assert result.confirmation.cost > 1
    assert all(spend.usd is None for spend in result.spend.values() if spend.calls)


def test_without_a_limit_the_same_run_may_cost_more() -> None:
    with Archive.in_memory() as archive:
        result = start(unpriced(), archive)
    assert result.standing is not None
    assert (result.standing.cost or 0) > MOST


@pytest.mark.parametrize(
    "unit",
    [*(pytest.param(unit, marks=pytest.mark.full) for unit in ("tokens", "calls")), "seconds"],
)
def test_a_resumed_run_has_the_recorded_costs(tmp_path: Path, unit: CostUnit) -> None:
    with Archive.write(tmp_path / "parts.db") as archive:
        start(unpriced(objective={"cost": unit}), archive)
        resume(archive, caps={"evaluations": 100})
        run = archive.run()
        assert objective_of(run).unit == unit
        used: dict[int, list[float]] = {}
        for each in archive.results(run):
            if isinstance(each, Rollout) and each.purpose == "search":
                used.setdefault(each.candidate, []).append(each.trace.usage.cost(unit) or 0.0)
        for standing in archive.standings(run):
            costs = used.get(standing.candidate, [0.0])
            assert standing.cost is None or standing.cost == pytest.approx(sum(costs) / len(costs))
        assert check_replay(archive, run) == []


def test_a_run_keeps_its_unit() -> None:
    with Archive.in_memory() as archive:
        start(unpriced(), archive)
        other = unpriced(priced=True, budget={"evaluations": 90})
        assert other.objective.unit == "usd"
        with pytest.raises(
            RunError, match=r"counts costs in tokens .* set `objective.cost: tokens`"
        ):
            resume(archive, settings=other)
        named = unpriced(priced=True, budget={"evaluations": 90}, objective={"cost": "tokens"})
        resume(archive, settings=named)
        assert objective_of(archive.run()).unit == "tokens"
