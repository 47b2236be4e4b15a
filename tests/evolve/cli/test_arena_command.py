"""`evolve arena` as a person meets it."""

import json
from pathlib import Path

import pytest

from tests.evolve.cli.commands import Command, evolve_process

FEW = ("--seeds", "1", "--share", "0.02", "--tasks", "20", "--sealed", "20")


def test_who_cannot_search_is_told_of_after_the_table_of_the_others(tmp_path: Path) -> None:
    said = evolve_process("arena", "quickstart", "--with", "random,aflow", *FEW, folder=tmp_path)
    assert said.code == 2
    assert "random ends at" in said.out
    assert "lower regret is better" in said.out
    assert said.err.startswith("evolve: 1 of 2 bouts could not be fought")
    assert "aflow on quickstart with seed 0: the budget does not cover" in said.err
    assert said.err.count("\n") == 1


def test_what_was_fought_is_read_again(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("arena", "quickstart", "--with", "random,genetic", *FEW, "--json")
    first = command(*words)
    assert first.code == 0
    assert json.loads(first.out)["bouts"] == 2
    monkeypatch.setattr("evolve.arena.tournament.fight", None)
    assert command(*words).out == first.out
