"""The contract of strategies, for every shipped one without naming it here."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

from archive.records import Candidate
from evolve.strategies.base import STRATEGIES, Strategy
from search_spaces.edits import apply
from search_spaces.space import SearchSpace
from tests.evolve.cli.commands import ROOT
from tests.evolve.strategies.entrants import ENTRANTS, entrant, read
from tests.evolve.strategies.searches import (
    SPACE,
    ask,
    by_id,
    proposals_as_text,
    search,
    seeds,
    view_of,
)
from tests.strategies import examples, search_spaces

TINY = SearchSpace.model_validate(
    {
        "agents": 1,
        "rounds": 1,
        "samples": 1,
        "temperature": 0,
        "roles": [],
        "fragments": [],
        "edges": [],
        "answers": ["last"],
        "max_demonstrations": 0,
    }
)
"""A space of very few configurations: one agent that nothing can be done to."""


@pytest.fixture(params=ENTRANTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def strategy(name: str) -> Strategy:
    return entrant(name)


def test_proposals_are_of_the_space_and_say_where_they_come_from(strategy: Strategy) -> None:
    history = search(strategy, by_id, steps=25)
    assert len(history) >= 20
    for view, proposal in history:
        assert view.space.check(proposal.config) == []
        assert proposal.operator
        for parent in proposal.parents:
            assert parent.candidate < len(view.candidates)
        if proposal.parents:
            first = proposal.parents[0]
            start = view.candidates[first.candidate].config
            assert apply(start, first.edits) == proposal.config


@pytest.mark.full
@pytest.mark.parametrize("name", ENTRANTS)
@given(space=search_spaces())
@examples(8)
def test_proposals_are_of_any_space(name: str, space: SearchSpace) -> None:
    for view, proposal in search(entrant(name), by_id, steps=4, space=space):
        assert view.space.check(proposal.config) == []


def test_proposals_are_the_same_again(name: str, strategy: Strategy) -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    assert ask(strategy, view, 7) == ask(strategy, view, 7) == ask(entrant(name), view, 7)
    assert any(ask(strategy, view, 7) != ask(strategy, view, seed) for seed in range(3))


@pytest.mark.full
def test_proposals_are_the_same_in_another_process() -> None:
    script = (
        "from tests.evolve.strategies.entrants import ENTRANTS\n"
        "from tests.evolve.strategies.searches import proposals_as_text\n"
        "print(*map(proposals_as_text, ENTRANTS), sep='\\n')"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4242"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.splitlines() == [proposals_as_text(name) for name in ENTRANTS]


def test_global_randomness_is_neither_used_nor_touched(strategy: Strategy) -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    found = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        before = random.getstate(), repr(np.random.get_state())
        found.append(ask(strategy, view))
        assert (random.getstate(), repr(np.random.get_state())) == before
    assert found[0] == found[1]


def test_asking_changes_nothing(strategy: Strategy) -> None:
    view = view_of(SPACE, seeds(SPACE), [0.2, 0.4, 0.6, 0.8])
    known = tuple(view.candidates), view.mean.copy(), view.deviation.copy(), view.cost.copy()
    ask(strategy, view)
    assert tuple(view.candidates) == known[0]
    for array, before in zip((view.mean, view.deviation, view.cost), known[1:], strict=True):
        assert np.array_equal(array, before)


@pytest.mark.full
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("means", ["none evaluated", "equal", "all bad", "price unknown"])
def test_every_beginning_of_a_search_leads_on(strategy: Strategy, count: int, means: str) -> None:
    first = seeds(SPACE)[:count]
    view = {
        "none evaluated": view_of(SPACE, first),
        "equal": view_of(SPACE, first, [0.5] * count),
        "all bad": view_of(SPACE, first, [0.0] * count, evaluations=1),
        "price unknown": view_of(SPACE, first, [0.3] * count, cost=float("nan")),
    }[means]
    proposals = [ask(strategy, view, seed) for seed in range(5)]
    assert any(proposal is not None for proposal in proposals)
    for proposal in filter(None, proposals):
        assert SPACE.check(proposal.config) == []
        assert "NaN" not in proposal.config.model_dump_json()
        assert all(choice == choice for choice in proposal.choices.values())


def test_candidates_not_yet_evaluated_do_no_harm(strategy: Strategy) -> None:
    view = view_of(SPACE, seeds(SPACE), [0.9, 0.1, 0.5, 0.5])
    view.evaluations[[0, 3]] = 0
    view.cost[[0, 3]] = float("nan")
    proposals = [ask(strategy, view, seed) for seed in range(5)]
    assert any(proposal is not None for proposal in proposals)
    for proposal in filter(None, proposals):
        assert SPACE.check(proposal.config) == []


@pytest.mark.full
def test_a_space_with_nothing_left_ends_in_nothing_new(strategy: Strategy) -> None:
    history = search(strategy, by_id, steps=30, space=TINY)
    known = {candidate.id for view, _ in history[-1:] for candidate in view.candidates}
    assert len(known) <= 12 or "meta" in strategy.asks  # who can always write one more prompt
    candidates = [
        Candidate(number=number, config=config, operator="seed")
        for number, config in enumerate({p.config.id: p.config for _, p in history}.values())
    ] or seeds(TINY)
    view = view_of(TINY, candidates, [0.5] * len(candidates))
    for seed in range(5):
        proposal = ask(strategy, view, seed)
        assert proposal is None or TINY.check(proposal.config) == []


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_it_is_named_like_its_file(name: str) -> None:
    assert entrant(name).plugin_name() == name
    assert entrant(name).written() == name


def test_it_is_written_as_it_is_read(strategy: Strategy) -> None:
    assert read(strategy.written()) == strategy
