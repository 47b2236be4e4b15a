"""The contract of allocators, for every built-in one and a plug-in."""

from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.allocators.base import ALLOCATORS, Allocator, Evaluate, InFlight, Propose
from evolve.standings import Standings, snapshot

NAMES = ALLOCATORS.names()


@pytest.fixture(params=NAMES)
def allocator(request: pytest.FixtureRequest) -> Allocator:
    return ALLOCATORS.find(request.param)()


def outcomes(seed: int, candidates: int = 7, tasks: int = 24) -> np.ndarray:
    generator = np.random.default_rng(seed)
    ability, difficulty = generator.normal(size=candidates), generator.normal(size=tasks)
    chance = 1.0 / (1.0 + np.exp(difficulty[None, :] - 2.0 * ability[:, None]))
    return (generator.random((candidates, tasks)) < chance).astype(float)


class Search:
    """Buys with results that come back late and in another order."""

    def __init__(self, allocator: Allocator, scores: np.ndarray, seeds: int, slots: int) -> None:
        self.allocator, self.scores, self.slots = allocator, scores, slots
        self.standings = Standings(scores.shape[1])
        for _ in range(seeds):
            self.standings.add()
        self.open: list[Evaluate | Propose] = []
        self.random = Random(7)
        self.can_propose = seeds < len(scores)
        self.decisions = 0

    @property
    def in_flight(self) -> InFlight:
        pairs = {(c.candidate, c.task) for c in self.open if isinstance(c, Evaluate)}
        return InFlight(pairs, sum(isinstance(choice, Propose) for choice in self.open))

    def ask(self, slots: int) -> list[Evaluate | Propose]:
        self.decisions += 1
        rng = Random(f"{self.decisions}")
        made = len(self.standings) + self.in_flight.proposals
        self.can_propose = made < len(self.scores)
        return self.allocator.next(self.standings, self.in_flight, self.can_propose, slots, rng)

    def settle(self) -> None:
        choice = self.open.pop(self.random.randrange(len(self.open)))
        if isinstance(choice, Propose):
            known = len(self.standings)
            self.standings.add([self.random.randrange(known)] if known else [])
        else:
            value = float(self.scores[choice.candidate, choice.task])
            self.standings.observe(choice.candidate, choice.task, value, 0.01)

    def steps(self) -> Iterator[list[Evaluate | Propose]]:
        for _ in range(4 * self.scores.size * self.allocator.trials + 100):
            choices = self.ask(self.slots - len(self.open)) if len(self.open) < self.slots else []
            yield choices
            self.open += choices
            if not self.open:
                return
            self.settle()
        pytest.fail("the search does not end")


def play(search: Search) -> None:
    """Searches to the end and checks that every purchase is allowed."""
    trials = search.allocator.trials
    for choices in search.steps():
        room = search.slots - len(search.open)
        pairs = [(c.candidate, c.task) for c in choices if isinstance(c, Evaluate)]
        proposals = len(choices) - len(pairs)
        assert len(choices) <= room
        assert len(set(pairs)) == len(pairs)
        assert not set(pairs) & set(search.in_flight.pairs)
        assert all(search.standings.counts[pair] < trials for pair in pairs)
        assert proposals == 0 or search.can_propose
        tasks = search.standings.tasks
        assert all(0 <= c < len(search.standings) and 0 <= t < tasks for c, t in pairs)
    assert not np.isnan(search.standings.mean).any()
    assert len(search.standings) <= len(search.scores)


@pytest.mark.parametrize("seeds", [7, 2])
def test_a_search_ends_and_never_buys_a_pair_twice(allocator: Allocator, seeds: int) -> None:
    search = Search(allocator, outcomes(1), seeds, slots=5)
    play(search)
    assert search.standings.evaluations.sum() > 0
    assert search.standings.counts.max() == 1


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_any_search_ends_and_never_buys_a_pair_twice(name: str, data: st.DataObject) -> None:
    candidates, tasks = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 9))
    cells = st.lists(
        st.sampled_from([0.0, 0.5, 1.0]), min_size=candidates * tasks, max_size=candidates * tasks
    )
    scores = np.array(data.draw(cells)).reshape(candidates, tasks)
    allocator = ALLOCATORS.find(name)(trials=data.draw(st.integers(1, 3)))
    seeds, slots = data.draw(st.integers(0, candidates)), data.draw(st.integers(1, 7))
    play(Search(allocator, scores, seeds, slots))


@pytest.mark.parametrize("trials", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_candidate_fitted_before_its_first_score_is_named_once(name: str, trials: int) -> None:
    standings = Standings(6)
    for _ in range(3):
        standings.add()
    standings.observe_all((one, task, 0.5, None) for one in range(3) for task in range(3))
    standings.add([0])
    standings.observe(0, 3, 0.5)
    assert standings.posterior.fitted_at == standings.observed
    nothing = InFlight(frozenset(), 0)
    choices = ALLOCATORS.find(name)(trials=trials).next(standings, nothing, False, 3, Random(1))
    pairs = [(choice.candidate, choice.task) for choice in choices if isinstance(choice, Evaluate)]
    assert len(set(pairs)) == len(pairs)


def test_deciding_is_pure(allocator: Allocator) -> None:
    search = Search(allocator, outcomes(2), 4, slots=3)
    for number, _ in enumerate(search.steps()):
        if number % 9 == 0:
            before = snapshot.save(search.standings)
            fresh = snapshot.restore(before, search.standings.tasks)
            arguments = (search.in_flight, True, 3)
            first = allocator.next(search.standings, *arguments, Random(5))
            assert allocator.next(search.standings, *arguments, Random(5)) == first
            assert allocator.next(fresh, *arguments, Random(5)) == first
            assert snapshot.save(search.standings) == before
        if number > 60:
            break


def test_without_a_candidate_only_a_proposal_is_bought(allocator: Allocator) -> None:
    standings, nothing = Standings(5), InFlight(frozenset(), 0)
    (choice,) = allocator.next(standings, nothing, True, 3, Random(1))
    assert isinstance(choice, Propose)
    assert allocator.next(standings, nothing, False, 3, Random(1)) == []


def test_one_candidate_and_one_task(allocator: Allocator) -> None:
    search = Search(allocator, np.ones((1, 1)), 1, slots=2)
    bought = [choice for choices in search.steps() for choice in choices]
    assert [(c.candidate, c.task) for c in bought if isinstance(c, Evaluate)] in ([(0, 0)], [])


def test_a_search_among_equal_candidates_ends(allocator: Allocator) -> None:
    search = Search(allocator, np.full((4, 12), 0.5), 4, slots=4)
    assert sum(len(choices) for choices in search.steps()) <= 48


@pytest.mark.parametrize("name", NAMES)
def test_trials_bound_how_often_a_pair_is_bought(name: str) -> None:
    search = Search(ALLOCATORS.find(name)(trials=2), outcomes(3, 3, 6), 3, slots=2)
    for _ in search.steps():
        assert search.standings.counts.max(initial=0) <= 2


@pytest.mark.parametrize("barred", [[2], [0, 3], [0, 1, 2, 3]])
def test_ineligible_candidates_are_not_evaluated(allocator: Allocator, barred: list[int]) -> None:
    search = Search(allocator, outcomes(4, 4), 4, slots=3)
    for number in range(4):
        search.standings.observe(
            number, 0, search.scores[number, 0], 9.0 if number in barred else 1.0
        )
    eligible = ~np.isin(np.arange(4), barred)
    for decision in range(200):
        choices = allocator.choose(
            search.standings, eligible, search.in_flight, False, 3, Random(decision)
        )
        search.open += choices
        if not search.open:
            break
        search.settle()
    evaluations = search.standings.evaluations
    assert (evaluations[barred] == 1).all()
    assert len(barred) > 2 or evaluations[eligible].max() > 1
    assert not search.open
