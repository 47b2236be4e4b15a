"""Scores by candidate and task: changes from a parent, and discrimination of tasks."""

import pytest

from archive.outcomes import ENOUGH, Outcomes
from archive.records import Purpose, Rollout, Score, Standing, Trace


def rollout(candidate: int, task: int, score: float, purpose: Purpose = "search") -> Rollout:
    return Rollout(
        decision=0,
        position=0,
        candidate=candidate,
        task=task,
        purpose=purpose,
        score=Score(value=score),
        trace=Trace(answer=""),
        at=0.0,
    )


def standings(*means: float) -> list[Standing]:
    return [
        Standing(candidate=n, mean=m, deviation=0.1, evaluations=1) for n, m in enumerate(means)
    ]


def test_changes_are_those_of_shared_tasks() -> None:
    scores = [
        (0, 0, 0),
        (0, 1, 1),
        (0, 2, 1),
        (0, 3, 0),
        (1, 0, 1),
        (1, 1, 0),
        (1, 2, 1),
        (1, 9, 1),
    ]
    outcomes = Outcomes(rollout(*each) for each in scores)
    changes = outcomes.changes(1, 0)
    assert (changes.fixed, changes.broken, changes.shared) == ((0,), (1,), 3)
    assert outcomes.changes(0, 5) == ((), (), 0)


def test_scores_are_means_over_trials_and_never_of_sealed_tasks() -> None:
    outcomes = Outcomes([rollout(0, 0, 1), rollout(0, 0, 0), rollout(0, 1, 1, "confirm")])
    assert outcomes.scores(0) == {0: 0.5}


def test_a_task_is_telling_if_the_able_solve_it() -> None:
    count = ENOUGH
    rollouts = []
    for candidate in range(count):
        able = candidate >= count // 2
        rollouts += [rollout(candidate, 0, able), rollout(candidate, 1, not able)]
        rollouts += [rollout(candidate, 2, 1)]
    rollouts += [rollout(0, 3, 0)]
    found = {
        each.task: each
        for each in Outcomes(rollouts).tasks(standings(*(n / count for n in range(count))))
    }
    assert found[0].telling == pytest.approx(0.873, abs=0.001)
    assert found[1].telling == pytest.approx(-0.873, abs=0.001)
    assert found[2].telling is None  # no candidate failed
    assert found[3].telling is None  # too few tried
    assert list(found) == [3, 0, 1, 2]
    assert found[3].candidates == 1
