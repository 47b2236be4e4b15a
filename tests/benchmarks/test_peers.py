"""Peers in the arena: they have the same budget, exceeded by one step at most."""

import json
from pathlib import Path

import pytest

from benchmarks.peers import optuna
from benchmarks.peers.__main__ import play
from benchmarks.peers.purse import AT_ONCE, Purse, SpentError, mean
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.runfile.settings import RunSettings, as_json, from_json

TERMS = Terms(share=0.1, tasks=12, sealed=20)


def settings(**changes: object) -> RunSettings:
    chosen = settings_for("quickstart_simulated", Contestant.named("random"), 0, TERMS)
    return from_json(json.dumps({**json.loads(as_json(chosen)), **changes}), "a test")


def test_a_purse_is_empty_once_the_budget_is_spent() -> None:
    purse = Purse(settings(budget={"evaluations": 25}))
    with pytest.raises(SpentError):
        purse.evaluate(purse.seeds[0], purse.tasks * 9)
    assert 25 <= purse.evaluations < 25 + AT_ONCE


def test_systems_that_cost_too_much_are_worth_nothing() -> None:
    rich = Purse(settings())
    assert mean(rich.evaluate(rich.seeds[-1], rich.tasks)) > 0
    poor = Purse(settings(objective={"cost_at_most": 1e-9}))
    assert mean(poor.evaluate(poor.seeds[-1], poor.tasks)) == 0


@pytest.mark.full
def test_optuna_stands_on_ever_better_systems_until_the_budget_is_spent() -> None:
    purse = Purse(settings())
    optuna.search(purse)
    assert purse.ledger.share >= 1
    shares = [standing.share for standing in purse.stood]
    assert shares == sorted(shares)
    assert len(purse.stood) >= 2


@pytest.mark.full
@pytest.mark.parametrize("peer", ["gepa", "optuna"])
def test_a_match_of_a_peer_is_like_any_other(peer: str, tmp_path: Path) -> None:
    match = play(peer, "puzzles_reflective", 0, TERMS, tmp_path)
    again = play(peer, "puzzles_reflective", 0, TERMS, tmp_path)
    assert match == again
    assert 0 <= match.final <= 1
    assert match.steps[0].share == 0
