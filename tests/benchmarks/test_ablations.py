"""Ablations: every variant lacks a part, and lineage is hidden only within the context."""

from pathlib import Path

import pytest

from benchmarks.ablations import WITHOUT, play_ablations, without_lineage
from evolve.lab.arena.contestants import Contestant, Terms, settings_for
from evolve.standings import Standings

TERMS = Terms(share=0.02, tasks=6, sealed=4)


@pytest.mark.parametrize("name", WITHOUT)
def test_each_can_take_part(name: str) -> None:
    settings_for("quickstart_simulated", Contestant(name, WITHOUT[name]), 0, TERMS)


def test_standings_forget_parents_only_within() -> None:
    with without_lineage():
        apart = Standings(3)
        apart.add()
        apart.add([0])
    related = Standings(3)
    related.add()
    related.add([0])
    assert apart.parents == [(), ()]
    assert related.parents == [(), (0,)]


@pytest.mark.full
def test_matches_are_kept_beside_others(tmp_path: Path) -> None:
    names = ("default", "no lineage")
    matches = play_ablations(["quickstart_simulated"], names, [0], TERMS, tmp_path)
    assert [each.contestant for each in matches] == list(names)
    assert play_ablations(["quickstart_simulated"], names, [0], TERMS, tmp_path) == matches
