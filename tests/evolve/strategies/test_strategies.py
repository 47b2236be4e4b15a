"""The distinctive behaviour of each strategy."""

from collections import Counter
from random import Random

import pytest

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.genetic import Genetic
from evolve.strategies.random import Random as RandomSearch
from evolve.strategies.tpe import Tpe
from search_spaces.config import SystemConfig
from tests.evolve.strategies.searches import SPACE, ask, search, seeds, view_of

DRAWS = 120


@pytest.fixture(scope="module")
def crowd() -> ArchiveView:
    """Sixteen candidates, each better than the one before."""
    rng = Random(0)
    drawn = {config.id: config for config in (SPACE.sample(rng) for _ in range(16))}
    candidates = [
        Candidate(number=number, config=config, operator="sample")
        for number, config in enumerate(drawn.values())
    ]
    assert len(candidates) == 16
    return view_of(SPACE, candidates, [number / 16 for number in range(16)])


def parents(strategy: Genetic, view: ArchiveView) -> list[tuple[int, ...]]:
    """The parents of many proposals."""
    proposals = [ask(strategy, view, seed) for seed in range(DRAWS)]
    return [tuple(p.candidate for p in each.parents) for each in proposals if each is not None]


# Random


def test_random_search_ignores_results(crowd: ArchiveView) -> None:
    drawn = [ask(RandomSearch(), crowd, seed) for seed in range(40)]
    unknown = [ask(RandomSearch(), view_of(SPACE, seeds(SPACE)), seed) for seed in range(40)]
    assert drawn == unknown
    assert len({each.config.id for each in drawn if each is not None}) > 35
    assert all(each is not None and not each.parents for each in drawn)


# Genetic


def test_the_fitter_breed_more_often(crowd: ArchiveView) -> None:
    pressed = Counter(line[0] for line in parents(Genetic(fresh=0, tournament=3), crowd))
    by_lot = Counter(line[0] for line in parents(Genetic(fresh=0, tournament=1), crowd))
    best = range(12, 16)
    assert sum(pressed[number] for number in best) > 0.5 * DRAWS  # expected 0.58
    assert sum(by_lot[number] for number in best) < 0.4 * DRAWS  # expected 0.25
    assert sum(pressed[number] for number in range(4)) < 0.08 * DRAWS  # expected 0.016


def test_only_the_fittest_breed(crowd: ArchiveView) -> None:
    lines = parents(Genetic(fresh=0, population=5, tournament=1, crossover=0.5), crowd)
    assert {number for line in lines for number in line} == set(range(11, 16))


def test_candidates_without_evaluation_are_no_parents() -> None:
    view = view_of(SPACE, seeds(SPACE), [0.9, 0.1, 0.5, 0.5])
    view.evaluations[0] = 0
    assert 0 not in {number for line in parents(Genetic(fresh=0), view) for number in line}


def test_the_share_of_children_of_two_is_kept(crowd: ArchiveView) -> None:
    none, some, all_of_them = (
        sum(len(line) == 2 for line in parents(Genetic(fresh=0, crossover=share), crowd))
        for share in (0, 0.5, 1)
    )
    assert none == 0
    assert 0.25 * DRAWS < some < 0.65 * DRAWS
    # A candidate drawn twice has no partner to cross with, and few pairs have nothing to exchange.
    assert all_of_them > 0.8 * DRAWS


def test_the_share_drawn_from_the_space_is_kept(crowd: ArchiveView) -> None:
    drawn = [ask(Genetic(fresh=1), crowd, seed) for seed in range(20)]
    assert {each.operator for each in drawn if each is not None} == {"sample"}
    assert all(parents(Genetic(fresh=0), crowd))


def test_it_climbs() -> None:
    def size(config: SystemConfig) -> float:
        return len(config.agents) / SPACE.agents.max

    last = search(Genetic(), size, steps=40)[-1][0]
    assert float(last.mean.max()) == 1.0
    assert float(last.mean[-10:].mean()) > float(last.mean[4:14].mean()) + 0.1


# TPE


def likes_votes(config: SystemConfig) -> float:
    """A planted score: one choice decides nearly everything."""
    return 0.9 if config.answer.mode == "vote" else 0.3 - 0.01 * len(config.agents)


def votes(history: list[tuple[ArchiveView, Proposal]]) -> int:
    """How many of the last twenty candidates made the choice that pays."""
    last = history[-1][0].candidates[-20:]
    return sum(likes_votes(candidate.config) > 0.5 for candidate in last)


@pytest.mark.full
def test_tpe_finds_a_planted_choice_that_random_search_does_not() -> None:
    assert votes(search(RandomSearch(), likes_votes, 36, seed=1)) < 8  # expected 3.3
    assert votes(search(Tpe(), likes_votes, 36, seed=1)) >= 12


def test_tpe_learns_only_from_candidates_with_recorded_choices() -> None:
    few = view_of(SPACE, seeds(SPACE), [0.1, 0.2, 0.3, 0.4])
    assert ask(Tpe(startup=0), few, 3) == ask(Tpe(startup=0), view_of(SPACE, seeds(SPACE)), 3)


def test_tpe_records_its_choices() -> None:
    for _, proposal in search(Tpe(startup=2), likes_votes, 6):
        assert proposal.choices["answer"] == proposal.config.answer.mode
