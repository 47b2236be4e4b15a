"""What bounds a gain: room, votes, teams, and what a run has for it."""

import pytest

from evolve.audit.prospects import prospects_of
from evolve.tasks.task_set import TaskSet
from search_spaces.library import system
from tests.evolve.audit.repeated import repeated, scored, task
from tests.evolve.runs import settings

TASKS = TaskSet([task("a"), task("b", split="test"), task("c", split="train")])


def test_room_and_what_votes_could_reach() -> None:
    every = [scored(1, 1), scored(1, 0), scored(0, 0), scored(0, 0, 0.5)]
    found = prospects_of(settings(), system("single"), TASKS, every)
    assert found.score == pytest.approx((1 + 0.5 + 0 + 0.5 / 3) / 4), "each task counts alike"
    assert found.room == pytest.approx(1 - found.score)
    assert found.ever == 0.5
    assert found.interval[0] <= found.score <= found.interval[1]
    assert (found.tasks, found.examples, found.controls) == (4, 1, True)


@pytest.mark.parametrize(("right", "saturated"), [(4, False), (5, True)])
def test_teams_seldom_pay_above_45_percent(right: int, saturated: bool) -> None:
    every = [repeated(task(f"t{n}"), *["yes" if n < right else "no"] * 2) for n in range(10)]
    assert prospects_of(settings(), system("single"), TASKS, every).saturated == saturated
    assert prospects_of(settings(), system("debate"), TASKS, every).saturated is None
