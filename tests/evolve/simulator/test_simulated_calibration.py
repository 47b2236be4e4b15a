"""The simulator reproduces published figures within their tolerances."""

from random import Random

import numpy as np
import pytest

from evolve.simulator.calibration import GROUPS, measure
from evolve.simulator.calibration.population import Tree, agreement, lengths
from evolve.simulator.calibration.topologies import OVERHEAD, SUCCESS, systems
from search_spaces.errors import ConfigError


@pytest.mark.full
@pytest.mark.parametrize("group", GROUPS)
def test_every_figure_is_within_its_tolerance(group: str) -> None:
    figures = measure([group], fast=True)
    assert figures
    assert [f"{f.what}: {f.measured:.3f}" for f in figures if not f.within] == []


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'phase'"):
        measure(["phas"])


def test_levels_of_agents_do_what_the_model_does() -> None:
    from evolve.simulator.calibration.population import _tree

    assert agreement(_tree(), 250) < 0.06


def test_a_wrong_vectorisation_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from evolve.simulator.calibration.population import _tree

    monkeypatch.setattr(Tree, "gamma", property(lambda tree: 1.0))
    assert agreement(_tree(), 100) > 0.1


def test_messages_in_trees_are_as_long_as_is_computed() -> None:
    questions = [f"Is {Random(n).random()} more than a half?" for n in range(30)]
    assert all(abs(length - 60) <= 15 for length in lengths(questions))


def test_copies_of_one_vote_say_no_more_than_one() -> None:
    from evolve.simulator.calibration.population import _tree

    tree, rng = _tree(), np.random.default_rng(0)
    below = np.arange(200_000) < 120_000
    above = tree.next_level(below, 1.0, rng)
    assert 2 * above.mean() - 1 == pytest.approx(tree.gamma * 0.2, abs=0.01)


def test_the_five_systems_have_the_published_turns() -> None:
    assert list(systems()) == list(SUCCESS) == list(OVERHEAD)
    assert all(config.id for config in systems().values())
