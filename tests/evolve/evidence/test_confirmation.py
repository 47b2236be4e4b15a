"""The winner beside the best seed and controls: paired differences that hold together."""

from collections.abc import Sequence
from random import Random

import pytest

from archive.controls import Control
from archive.records import Confirmation, Rollout, Score, Trace, Usage
from benchmarks.joint_intervals import coverage
from evolve.evidence.confirmation import compare
from evolve.evidence.intervals import difference_interval


def rollouts(candidate: int, scores: Sequence[float], usd: float = 0.01) -> dict[int, Rollout]:
    return {
        task: Rollout(
            decision=task,
            position=task,
            candidate=candidate,
            task=task,
            purpose="confirm",
            score=Score(value=score),
            trace=Trace(answer="1", usage=Usage(calls=1, usd=usd)),
            at=0.0,
        )
        for task, score in enumerate(scores)
    }


WINNER = rollouts(7, [1, 1, 1, 0, 1, 1, 0, 1])
SEED = rollouts(2, [1, 0, 1, 0, 0, 1, 0, 0])
VOTES = Control(kind="single", candidate=9, votes=5)


def compared(*controls: tuple[Control, dict[int, Rollout] | None]) -> Confirmation:
    return compare(WINNER, SEED, controls, looks=1, unit="usd")


def test_a_control_is_compared_like_the_seed() -> None:
    found = compared((VOTES, rollouts(9, [1, 0, 1, 0, 0, 1, 0, 0], usd=0.02)))
    (control,) = found.controls
    assert control.tested is not None
    assert (control.kind, control.candidate, control.votes) == ("single", 9, 5)
    assert control.tested.difference == found.difference == pytest.approx(3 / 8)
    assert control.tested.difference_interval == found.difference_interval
    assert (control.tested.mean, control.tested.interval) == (found.seed_mean, found.seed_interval)
    assert control.tested.cost == pytest.approx(0.02)


def test_intervals_are_as_wide_as_the_number_of_tested_systems_demands() -> None:
    differences = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    alone = compared((VOTES, None))
    assert alone.controls[0].tested is None
    assert alone.difference_interval == difference_interval(differences)
    both = compared((VOTES, SEED), (VOTES, None))
    assert both.difference_interval == difference_interval(differences, of=2)
    assert both.interval == alone.interval, "a score is no comparison"


def test_only_tasks_that_both_have_a_score_on_count() -> None:
    control = {task: rollout for task, rollout in SEED.items() if task < 5}
    found = compared((VOTES, control))
    assert found.tasks == 8
    assert found.controls[0].tested is not None
    assert found.controls[0].tested.tasks == 5
    assert found.controls[0].tested.difference == pytest.approx(2 / 5)


def test_equal_scores_of_several_systems_look_less_certain() -> None:
    low, high = difference_interval([0.0] * 30, of=3)
    assert high == -low > 0.1


@pytest.mark.parametrize("tasks", [40, 100])
def test_all_intervals_hold_together(tasks: int) -> None:
    joint, alone = coverage(Random(f"joint {tasks}"), tasks, controls=2, times=400)
    assert joint >= 0.93
    assert alone < joint - 0.03
