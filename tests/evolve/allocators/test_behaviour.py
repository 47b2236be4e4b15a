"""The characteristic behaviour of each allocator."""

from random import Random

import numpy as np
import pytest

from evolve.allocators._duels import Duels, SelectedPairs
from evolve.allocators._worth import improvement, rate
from evolve.allocators.base import Allocator, Evaluate, InFlight, Propose
from evolve.allocators.full import Full
from evolve.allocators.hyperband import Hyperband
from evolve.allocators.lucb import Lucb
from evolve.allocators.racing import Racing
from evolve.allocators.successive_halving import SuccessiveHalving
from evolve.allocators.thompson import Thompson
from evolve.allocators.ucb import Ucb
from evolve.allocators.uct import Uct
from evolve.allocators.uniform import Uniform
from evolve.allocators.value import Value
from evolve.allocators.wilcoxon import Wilcoxon
from evolve.standings import Standings

NOTHING = InFlight(frozenset(), 0)


def standings_of(
    chances: list[float], each: int, tasks: int = 60, cost: list[float] | None = None
) -> Standings:
    """Candidates that solved the given shares of the first tasks."""
    standings = Standings(tasks)
    for _ in chances:
        standings.add()
    standings.observe_all(
        (candidate, task, float((task * 7) % 20 < 20 * chance), cost and cost[candidate])
        for candidate, chance in enumerate(chances)
        for task in range(each)
    )
    return standings


def bought(
    allocator: Allocator, standings: Standings, slots: int, propose: bool = False
) -> list[int]:
    choices = allocator.next(standings, NOTHING, propose, slots, Random(3))
    return [choice.candidate for choice in choices if isinstance(choice, Evaluate)]


def play(allocator: Allocator, standings: Standings, chances: list[float], budget: int) -> None:
    """Buys from known chances, with the same hard tasks for all candidates."""
    for _ in range(budget):
        choices = allocator.next(standings, NOTHING, False, 1, Random(1))
        if not choices:
            return
        (choice,) = choices
        value = float((choice.task * 7) % 20 < 20 * chances[choice.candidate])
        standings.observe(choice.candidate, choice.task, value)


def test_full_finishes_one_candidate_before_the_next() -> None:
    assert bought(Full(), standings_of([0.1, 0.9], 2, tasks=6), 5) == [0, 0, 0, 0, 1]


def test_uniform_keeps_candidates_level() -> None:
    assert bought(Uniform(), standings_of([0.1, 0.9, 0.5], 2), 6) == [0, 1, 2, 0, 1, 2]
    assert bought(Uniform(tasks=2), standings_of([0.1, 0.9], 2), 6) == []


def test_successive_halving_promotes_the_best_third() -> None:
    standings = standings_of([0.1, 0.9, 0.5], 8)
    assert set(bought(SuccessiveHalving(), standings, 10)) == {1}


@pytest.mark.parametrize("budget", [120, 400])
def test_successive_halving_keeps_its_budget(budget: int) -> None:
    chances = [0.1, 0.9, 0.5, 0.3, 0.2, 0.6, 0.4, 0.7]
    standings = standings_of(chances, 0, tasks=200)
    play(SuccessiveHalving(eta=2, budget=budget), standings, chances, 10_000)
    assert 0.8 * budget <= standings.evaluations.sum() <= budget
    assert np.argmax(standings.evaluations) == 1


def test_hyperband_starts_brackets_at_different_rungs() -> None:
    standings = standings_of([0.5] * 13, 0)
    play(Hyperband(), standings, [0.5] * 13, 13 * 4 + 3 * 8)
    assert len(set(standings.evaluations.tolist())) > 1


def test_racing_drops_what_is_clearly_worse() -> None:
    assert set(bought(Racing(), standings_of([0.1, 0.9, 0.85], 20), 9)) == {1, 2}


def test_racing_for_several_places_keeps_all_that_may_win_one() -> None:
    standings = standings_of([0.05, 0.95, 0.9, 0.4, 0.4, 0.1], 30)
    assert set(bought(Racing(), standings, 30)) <= {1, 2}
    assert set(bought(Racing(places=3), standings, 30)) == {1, 2, 3, 4}


def test_racing_lets_newcomers_in_before_it_is_decided() -> None:
    standings, nothing = standings_of([0.9, 0.85], 20), InFlight(frozenset(), 0)
    chosen = Racing(newcomers=1).next(standings, nothing, True, 4, Random(0))
    assert [type(each) for each in chosen] == [Propose, Evaluate, Evaluate, Evaluate]
    waiting = Racing(newcomers=1).next(standings, InFlight(frozenset(), 1), True, 4, Random(0))
    assert {type(each) for each in waiting} == {Evaluate}


def test_wilcoxon_drops_what_is_clearly_worse() -> None:
    assert set(bought(Wilcoxon(), standings_of([0.1, 0.9, 0.85], 20), 9)) == {1, 2}


def test_ucb_prefers_the_unknown_among_equals() -> None:
    standings = standings_of([0.5, 0.5], 20)
    standings.add()
    assert bought(Ucb(), standings, 1) == [2]


def test_lucb_buys_for_the_leader_and_its_challenger() -> None:
    assert set(bought(Lucb(), standings_of([0.1, 0.9, 0.8, 0.3], 20), 4)) == {1, 2}


def test_lucb_stops_when_bounds_are_apart() -> None:
    assert bought(Lucb(z=0.5), standings_of([0.05, 0.95], 40), 4) == []


def test_thompson_buys_mostly_for_the_two_best() -> None:
    counts = np.bincount(
        bought(Thompson(), standings_of([0.1, 0.9, 0.8, 0.2], 20), 40), minlength=4
    )
    assert counts[1] + counts[2] > 30
    assert counts[1] > 0
    assert counts[2] > 0


def test_uct_follows_the_better_branch() -> None:
    standings = Standings(60)
    for parents in ((), (), (0,), (1,)):
        standings.add(parents)
    standings.observe_all(
        (candidate, task, float(candidate % 2), None)
        for candidate in range(4)
        for task in range(10)
    )
    assert set(bought(Uct(exploration=0.1), standings, 6)) <= {1, 3}


def test_uct_widens_with_visits() -> None:
    choices = Uct().next(standings_of([0.5], 30), NOTHING, True, 4, Random(1))
    assert isinstance(choices[0], Propose)


def test_value_spends_on_the_close_call() -> None:
    standings = standings_of([0.1, 0.8, 0.75, 0.2], 6)
    play(Value(stops=False), standings, [0.1, 0.8, 0.75, 0.2], 40)
    counts = standings.evaluations
    assert min(counts[1], counts[2]) > max(counts[0], counts[3])


def test_value_stops_when_the_leader_is_certain() -> None:
    standings = standings_of([0.05, 0.95], 0)
    play(Value(), standings, [0.05, 0.95], 120)
    assert 4 < standings.evaluations.sum() < 120
    assert standings.best == 1


def test_certainty_is_a_bound_on_what_the_others_are_expected_to_add() -> None:
    standings = standings_of([0.8, 0.75, 0.7, 0.3], 12)
    belief = standings.posterior.belief
    assert belief is not None
    duels = Duels(belief, SelectedPairs(belief), cost_aware=False)
    noise = np.random.default_rng(0).standard_normal((20_000, len(belief.mean)))
    draws = belief.mean + noise @ belief.root.T
    added = float((draws.max(axis=1) - draws[:, duels.leader]).mean())
    assert added <= duels.regret() < 2.0 * added
    assert bought(Value(epsilon=1.1 * duels.regret()), standings, 4) == []
    assert bought(Value(epsilon=0.9 * duels.regret()), standings, 4)


def test_value_prefers_the_cheaper_of_two_equals() -> None:
    prices = [1.0, 1.0, 20.0]
    blind, minding = (
        np.bincount(
            bought(
                Value(cost_aware=mind, stops=False),
                standings_of([0.8, 0.7, 0.7], 8, cost=prices),
                60,
            ),
            minlength=3,
        )
        for mind in (False, True)
    )
    assert minding[2] < minding[1]
    assert minding[2] < blind[2]


def test_value_proposes_once_the_candidates_are_compared() -> None:
    standings = standings_of([0.05, 0.5], 60)
    assert any(isinstance(c, Propose) for c in Value().next(standings, NOTHING, True, 4, Random(1)))


def test_value_finds_nothing_worth_a_high_price() -> None:
    standings = standings_of([0.5, 0.6, 0.4], 10)
    assert bought(Value(), standings, 4)
    assert bought(Value(price=1.0), standings, 4, propose=True) == []


def test_value_waits_for_scores_before_it_proposes_more() -> None:
    standings = standings_of([0.1, 0.2], 0)
    for _ in range(3):
        in_flight = InFlight({(n, t) for n in range(len(standings)) for t in (0, 1)}, 0)
        assert Value().next(standings, in_flight, True, 30, Random(1)) == []
    standings = standings_of([0.1, 0.5], 60)
    for _ in range(20):
        for choice in Value(proposing=3).next(standings, NOTHING, True, 9, Random(1)):
            if isinstance(choice, Propose):
                standings.add([1])
    assert len(standings) == 5


def test_value_compares_seeds_that_have_children() -> None:
    def on_seeds(share: float) -> int:
        standings = standings_of([0.3, 0.35], 12)
        for parents in ((0,), (1,)):
            standings.add(parents)
        standings.observe_all((n, t, float(t % 9 > 0), None) for n in (2, 3) for t in range(12))
        allocator = Value(seeds=share, stops=False)
        return sum(candidate < 2 for candidate in bought(allocator, standings, 40))

    assert on_seeds(0.0) < on_seeds(0.5)
    assert on_seeds(1.0) == 40


def test_improvement_is_that_of_a_normal() -> None:
    draws = np.random.default_rng(1).normal(-0.1, 0.2, 400_000)
    expected = np.maximum(draws, 0.0).mean()
    gain = improvement(np.array([-0.1]), np.array([0.2]))[0]
    assert gain == pytest.approx(expected, rel=0.02)


def test_the_rate_falls_with_cost_and_distance() -> None:
    one = np.ones(1)
    near, far, costly = (
        rate(one * delta, one * 0.01, one * 0.2, one * cost, 0.0)[0]
        for delta, cost in ((-0.01, 1.0), (-0.2, 1.0), (-0.01, 3.0))
    )
    assert near > far > 0.0
    assert costly == pytest.approx(near / 3)
