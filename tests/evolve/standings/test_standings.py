"""Posteriors of scores and costs: calibrated, exact after a restore, shrunk along the lineage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.standings import Standings, snapshot
from evolve.standings.costs import Costs
from evolve.standings.posterior import ACTIVE


def simulated_chances(seed: int, candidates: int, tasks: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    ability, difficulty = generator.normal(size=candidates), 1.5 * generator.normal(size=tasks)
    chances: np.ndarray = 1.0 / (1.0 + np.exp(difficulty[None, :] - ability[:, None]))
    return chances


def simulated(seed: int, candidates: int, tasks: int) -> np.ndarray:
    chances = simulated_chances(seed, candidates, tasks)
    uniform = np.random.default_rng([seed, 1]).random(chances.shape)
    return (uniform < chances).astype(float)


def believed(scores: np.ndarray, each: int, seed: int = 0) -> Standings:
    standings = Standings(scores.shape[1])
    for _ in scores:
        standings.add()
    generator = np.random.default_rng(seed)
    for candidate, row in enumerate(scores):
        for task in generator.permutation(len(row))[:each]:
            standings.observe(candidate, int(task), float(row[task]))
    return standings


SCORES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 6),
        st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1)),
        st.one_of(st.none(), st.floats(0, 10)),
    ),
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(SCORES)
def test_nothing_is_ever_nan_or_out_of_range(scores: list[tuple[int, int, float, float]]) -> None:
    standings = Standings(7)
    for number in range(6):
        standings.add([] if number < 3 else [number - 3, number - 2])
    for score in scores:
        standings.observe(*score)
    assert ((standings.mean >= 0) & (standings.mean <= 1)).all()
    assert ((standings.deviation > 0) & np.isfinite(standings.deviation)).all()
    assert (standings.expected_cost > 0).all()
    draws = standings.draws(np.random.default_rng(0), 3)
    assert draws.shape == (3, 6)
    assert np.isfinite(draws).all()
    assert [standing.evaluations for standing in standings.all()] == standings.evaluations.tolist()


@settings(max_examples=15, deadline=None)
@given(SCORES, SCORES)
def test_restored_standings_continue_to_the_last_bit(
    before: list[tuple[int, int, float, float]], after: list[tuple[int, int, float, float]]
) -> None:
    standings = Standings(7)
    for number in range(6):
        standings.add([] if number < 2 else [number - 1])
    for score in before:
        standings.observe(*score)
    restored = snapshot.restore(snapshot.save(standings), standings.tasks)
    for one in (standings, restored):
        for score in after:
            one.observe(*score)
        one.add([0, 4])
    assert snapshot.save(restored) == snapshot.save(standings)
    assert restored.parents == standings.parents
    np.testing.assert_array_equal(restored.mean, standings.mean)
    np.testing.assert_array_equal(restored.expected_cost, standings.expected_cost)


def test_the_order_of_independent_scores_hardly_matters() -> None:
    scores = simulated(1, 5, 40)
    cells = [(c, t, float(scores[c, t]), None) for c in range(5) for t in range(25)]
    means = []
    for seed in range(2):
        standings = Standings(40)
        for _ in range(5):
            standings.add()
        for index in np.random.default_rng(seed).permutation(len(cells)):
            standings.observe_all([cells[index]])
        means.append(standings.mean)
    np.testing.assert_allclose(means[0], means[1], atol=0.01)


def test_equal_candidates_have_equal_posteriors() -> None:
    standings = believed(np.tile(simulated(2, 1, 30), (3, 1)), 30)
    assert np.ptp(standings.mean) < 1e-9


def test_intervals_cover_the_truth() -> None:
    inside = []
    for seed in range(30):
        scores = simulated(seed, 12, 120)
        standings = believed(scores, 12, seed)
        error = (standings.mean - scores.mean(axis=1)) / standings.deviation
        inside.append((np.abs(error) < 1.96).mean())
    assert 0.91 <= np.mean(inside) <= 1.0


def test_hard_tasks_are_not_held_against_a_candidate() -> None:
    standings = Standings(20)
    for _ in range(6):
        standings.add()
    for candidate in range(4):
        for task in range(20):
            standings.observe(candidate, task, float(task < 10))
    for task in range(5):
        standings.observe(4, 5 + task, 1.0)  # easy ones
        standings.observe(5, 8 + task, float(task < 2))  # mostly hard ones, solved as others do
    assert standings.mean[5] == pytest.approx(0.5, abs=0.06)


def test_a_child_is_expected_near_its_parent() -> None:
    standings = believed(simulated(4, 6, 60), 60)
    best, worst = int(np.argmax(standings.mean)), int(np.argmin(standings.mean))
    good, bad, root = standings.add([best]), standings.add([worst]), standings.add()
    assert standings.mean[good] > standings.mean[root] > standings.mean[bad]
    assert standings.deviation[good] < standings.deviation[root]
    assert standings.deviation[good] > standings.deviation[best]


@pytest.mark.parametrize(("far", "near"), [(1.0, 0.0)])
def test_a_lineage_that_does_not_hold_shrinks_less(far: float, near: float) -> None:
    def spread(distance: float) -> float:
        generator = np.random.default_rng(5)
        standings = Standings(60)
        difficulty = generator.normal(size=60)
        for number in range(20):
            root = number < 4
            standings.add([] if root else [number % 4])
            ability = (number % 4) - 1.5 + (0.0 if root else distance * generator.normal() * 2)
            chance = 1.0 / (1.0 + np.exp(difficulty - ability))
            for task in range(60):
                standings.observe(number, task, float(generator.random() < chance[task]))
        return standings.posterior.spread.child

    assert spread(far) > 3 * spread(near)


def test_children_are_expected_as_far_below_their_parents_as_others_were() -> None:
    def standings_of(step: float) -> Standings:
        generator = np.random.default_rng(7)
        standings = Standings(80)
        difficulty = generator.normal(size=80)
        for number in range(44):
            standings.add([] if number < 4 else [number % 4])
        for task in range(80):
            ability = np.arange(44) % 4 - 1.5 - np.where(np.arange(44) < 4, 0.0, step)
            solved = generator.random(44) < 1.0 / (1.0 + np.exp(difficulty[task] - ability))
            standings.observe_all(
                (one, task, float(score), None) for one, score in enumerate(solved)
            )
        return standings

    worse, same = standings_of(0.6), standings_of(0.0)
    assert worse.posterior.spread.drift == pytest.approx(-0.6, abs=0.25)
    assert same.posterior.spread.drift == pytest.approx(0.0, abs=0.25)
    child = worse.add([3])
    assert worse.mean[child] < worse.mean[3] - 0.05


def test_missing_and_fractional_scores_are_welcome() -> None:
    generator = np.random.default_rng(6)
    truth = np.array([0.2, 0.5, 0.8])
    standings = Standings(200)
    for candidate, mean in enumerate(truth):
        standings.add()
        for task in generator.permutation(200)[:120]:
            standings.observe(candidate, int(task), float(generator.beta(8 * mean, 8 * (1 - mean))))
    np.testing.assert_allclose(standings.mean, truth, atol=0.04)
    assert standings.posterior.spread.dispersion < 0.5


def test_dispersion_is_not_underestimated_by_the_fit() -> None:
    generator, chances = np.random.default_rng(3), simulated_chances(3, 40, 200)
    scores = generator.beta(chances, 1.0 - chances)  # half the variance of a coin
    few, many = believed(scores, 4), believed(scores, 120)
    assert few.posterior.spread.dispersion == pytest.approx(0.5, abs=0.1)
    assert many.posterior.spread.dispersion == pytest.approx(0.5, abs=0.1)


def test_repeated_trials_are_worth_less_than_new_tasks() -> None:
    def doubt(tasks: int) -> float:
        standings = Standings(100)
        standings.add()
        for number in range(24):
            standings.observe(0, number % tasks, float(number % 3 > 0))
        return float(standings.deviation[0])

    assert doubt(24) < doubt(4)


def test_many_candidates_stay_affordable() -> None:
    standings = Standings(10)
    for number in range(ACTIVE + 60):
        standings.add([] if number < 5 else [number % 5])
    standings.observe_all(
        (number, task, float((number + task) % 3 == 0), None)
        for number in range(ACTIVE + 60)
        for task in range(3)
    )
    assert standings.posterior.belief is not None
    assert len(standings.posterior.belief.active) == ACTIVE
    assert standings.best in standings.posterior.belief.active
    assert np.isfinite(standings.mean).all()
    left_out = next(n for n in range(ACTIVE + 60) if n not in standings.posterior.belief.active)
    before = standings.mean[left_out]
    for task in range(3, 10):
        standings.observe(left_out, task, 1.0)
    assert standings.mean[left_out] > before
    standings.observe_all((0, 3 + number % 7, 0.0, None) for number in range(80))
    assert left_out in standings.posterior.belief.active


def test_draws_have_the_moments_of_the_belief() -> None:
    standings = believed(simulated(7, 5, 50), 10)
    draws = standings.draws(np.random.default_rng(1), 20_000)
    np.testing.assert_allclose(draws.mean(axis=0), standings.mean, atol=0.01)
    assert standings.posterior.belief is not None
    np.testing.assert_allclose(np.cov(draws.T), standings.posterior.belief.covariance, atol=1e-3)


def test_costs_are_shrunk_along_the_lineage() -> None:
    costs = Costs(4)
    for parents in ((), (), (0,), (1,), ()):
        costs.add(parents)
    assert (costs.expected == 1.0).all()
    for _ in range(30):
        costs.observe(0, 0, 1.0)
        costs.observe(1, 0, 9.0)
    costs.add([1])
    expected = costs.expected
    assert expected[0] == pytest.approx(1.0, rel=0.3)
    assert expected[1] == pytest.approx(9.0, rel=0.3)
    assert expected[5] > expected[4] > expected[0]
    assert np.isnan(costs.observed[4])


def test_children_are_expected_to_cost_as_their_list_prices_say() -> None:
    costs = Costs(4)
    costs.add((), 1.0)
    for _ in range(30):
        costs.observe(0, 0, 3.0)
    for listed in (1.0, 10.0):
        costs.add([0], listed)
    assert costs.expected[2] == pytest.approx(10 * costs.expected[1])
    assert 3.0 < costs.expected[1] < 6.0
    assert costs.lower_bound([0], 0.1) < 1.0 < costs.lower_bound([0], 10.0)
    assert Costs(4).lower_bound([], 10.0) == 0.0


def test_saved_costs_keep_list_prices() -> None:
    costs = Costs(4)
    costs.add((), 2.0)
    costs.observe(0, 0, 3.0)
    again = Costs(4)
    again.load(costs.save())
    for each in (costs, again):
        each.add([0], 20.0)
    assert again.expected.tolist() == costs.expected.tolist()
    assert costs.expected[1] > 5.0 * costs.expected[0]


def test_an_unknown_cost_stays_unknown() -> None:
    standings = Standings(4)
    standings.add()
    standings.observe(0, 0, 1.0, 0.5)
    assert standings.all()[0].cost == 0.5
    standings.observe(0, 1, 1.0, None)
    assert standings.all()[0].cost is None
    assert np.isfinite(standings.expected_cost).all()


def test_a_lower_bound_above_the_cost_is_not_within_it() -> None:
    standings = Standings(30)
    for parents in ((), (), (), (0,), (1,)):
        standings.add(parents)
    assert standings.within(1e-9).all()
    for task in range(20):
        standings.observe(0, task, 1.0, 9.0)
        standings.observe(1, task, 1.0, 0.5)
    standings.observe(2, 0, 1.0, 1.2)
    assert standings.within(None).all()
    assert standings.within(1.0).tolist() == [False, True, True, True, True]
    assert standings.within(0.05).tolist() == [False, False, False, False, False]
    assert standings.within(0.3).tolist()[3] is False


def test_some_candidates_keep_the_posterior_of_all() -> None:
    scores = simulated(3, 6, 30)
    standings = believed(scores, 10)
    standings.add([2])
    standings.observe(4, 20, 1.0)
    some = standings.among(np.array([1, 2, 4, 6]))
    assert len(some) == 4
    assert some.parents == [(), (), (), (1,)]
    np.testing.assert_array_equal(some.mean, standings.mean[[1, 2, 4, 6]])
    np.testing.assert_array_equal(some.counts, standings.counts[[1, 2, 4, 6]])
    assert standings.posterior.belief is not None
    belief = some.posterior.belief
    assert belief is not None
    assert belief.active.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(
        some.posterior.belief.covariance,
        standings.posterior.belief.covariance[np.ix_([1, 2, 4, 6], [1, 2, 4, 6])],
    )
    draws = some.draws(np.random.default_rng(1), 20_000)
    np.testing.assert_allclose(draws.mean(axis=0), some.mean, atol=0.01)
    assert len(standings.among(np.array([], dtype=np.int64))) == 0
