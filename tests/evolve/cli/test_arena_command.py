"""`evolve arena` as a person meets it."""

import json
from pathlib import Path

import pytest

from tests.evolve.cli.commands import Command, evolve_process

FEW = ("--seeds", "1", "--share", "0.02", "--tasks", "20", "--sealed", "20")


@pytest.mark.full
def test_matches_that_cannot_be_played_are_reported_after_the_table(tmp_path: Path) -> None:
    result = evolve_process(
        "arena", "quickstart_simulated", "--with", "random,aflow", *FEW, folder=tmp_path
    )
    assert result.code == 2
    assert "random ends at" in result.out
    assert "lower regret is better" in result.out
    assert result.err.startswith("evolve: 1 of 2 matches could not be played")
    assert "aflow on quickstart_simulated with seed 0: the budget does not cover" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.full
def test_finished_matches_are_read_from_their_files(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("arena", "quickstart_simulated", "--with", "random,genetic", *FEW, "--json")
    first = command(*words)
    assert first.code == 0
    assert json.loads(first.out)["matches"] == 2
    monkeypatch.setattr("evolve.lab.arena.tournament.play", None)
    assert command(*words).out == first.out
