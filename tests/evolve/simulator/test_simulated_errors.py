"""Errors that repeat: within a model, within a family, and on the same wrong answer."""

from collections import Counter
from itertools import combinations, permutations
from statistics import correlation

import pytest

from evolve.simulator.profile import load_profile, profile_names
from evolve.simulator.simulated import Simulated
from tests.evolve.simulator.simulated_world import Sums, World

SAMPLES = 5


def drawn(sums: Sums, model: Simulated, samples: int = SAMPLES) -> list[tuple[str, list[str]]]:
    """For each sum its truth and what the samples answer."""
    conversations = sums.prompts()
    columns = [sums.answers(model, conversations, sample=n) for n in range(samples)]
    return [
        (truth, [column[place] for column in columns])
        for place, (_, truth) in enumerate(conversations)
    ]


def within(sums: Sums, model: Simulated) -> float:
    """The correlation of success between two samples of a model."""
    pairs = [
        (a == truth, b == truth)
        for truth, row in drawn(sums, model)
        for a, b in permutations(row, 2)
    ]
    return correlation([a for a, _ in pairs], [b for _, b in pairs])


def between(sums: Sums, one: Simulated, other: Simulated) -> float:
    """The correlation of success between two models."""
    ours, theirs = (
        [row[0] == truth for truth, row in drawn(sums, model, samples=1)] for model in (one, other)
    )
    return correlation(ours, theirs)


@pytest.mark.parametrize(
    ("shares", "low", "high"),
    [
        ({"family": 0.1, "model": 0.1, "approach": 0.05}, 0.08, 0.27),
        ({"family": 0.3, "model": 0.3, "approach": 0.15}, 0.40, 0.64),
    ],
)
def test_samples_of_a_model_are_correlated_as_measured(
    world: World, sums: Sums, shares: dict[str, float], low: float, high: float
) -> None:
    assert low < within(sums, world.model({"shares": shares}, variety=0.0)) < high


def test_families_err_together(world: World, sums: Sums) -> None:
    shares = {"family": 0.5, "model": 0.1, "approach": 0.05}
    oak = world.model({"shares": shares}, variety=0.0)
    cousin = world.model({"shares": shares, "ability": 0.1}, variety=0.0)
    stranger = world.model({"shares": shares, "family": "elm"}, variety=0.0)
    assert between(sums, oak, cousin) > between(sums, oak, stranger) + 0.15


def test_difficulty_is_common_to_all(world: World, sums: Sums) -> None:
    one, other = (world.model({"family": name}, variety=1.5) for name in ("oak", "elm"))
    assert between(sums, one, other) > 0.3


def vote_gain(sums: Sums, model: Simulated) -> float:
    """What a vote over samples gains on one of them."""
    rows = drawn(sums, model, samples=9)
    voted = sum(Counter(row).most_common(1)[0][0] == truth for truth, row in rows)
    single = sum(given == truth for truth, row in rows for given in row) / 9
    return (voted - single) / len(rows)


def test_votes_help_less_the_more_samples_are_alike(world: World, sums: Sums) -> None:
    free = vote_gain(sums, world.model({"ability": 0.2}))
    alike = vote_gain(sums, world.model({"ability": 0.2}, alike=0.9))
    assert free > 0.06
    assert alike < free / 2


@pytest.mark.full
@pytest.mark.parametrize("clustering", [0.14, 0.25, 0.40])
def test_wrong_answers_cluster_as_in_the_profile(
    world: World, sums: Sums, clustering: float
) -> None:
    one, other = (
        world.model({"family": name, "clustering": clustering, "ability": -1.5})
        for name in ("oak", "elm")
    )
    conversations = sums.prompts()
    wrong = [
        a == b
        for sample in range(4)
        for a, b, (_, truth) in zip(
            sums.answers(one, conversations, sample=sample),
            sums.answers(other, conversations, sample=sample),
            conversations,
            strict=True,
        )
        if truth not in (a, b)
    ]
    assert sum(wrong) / len(wrong) == pytest.approx(clustering, abs=0.06)


def test_shipped_profiles_stay_within_the_measured_band() -> None:
    assert all(0.14 <= load_profile(name).clustering <= 0.40 for name in profile_names())


def test_a_model_repeats_its_own_wrong_answers(world: World, sums: Sums) -> None:
    profile = {"ability": -1.5, "shares": {"family": 0.3, "model": 0.4, "approach": 0.1}}
    rows = drawn(sums, world.model(profile))
    same = [a == b for truth, row in rows for a, b in combinations(row, 2) if truth not in (a, b)]
    assert sum(same) / len(same) > 0.35


def test_other_approaches_have_other_noise(world: World, sums: Sums) -> None:
    shares = {"family": 0.05, "model": 0.05, "approach": 0.8}
    model = world.model({"shares": shares, "thinking": 0.0}, variety=0.0)
    plan, verify, reworded = (
        sums.answers(model, sums.prompts(prompt))
        for prompt in ("Make a plan.", "Verify the result.", "Do some planning.")
    )

    def agreement(one: list[str], other: list[str]) -> int:
        return sum(a == b for a, b in zip(one, other, strict=True))

    assert agreement(plan, reworded) > agreement(plan, verify) + 40
