"""Repeated evaluations: trials, caps that cover fewer tasks, and what is stopped."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from archive.store import Archive
from evolve.audit import AUDIT, Audit, audit
from evolve.audit.repetitions import FEWEST
from evolve.engine.loop import Engine
from evolve.errors import BudgetError, StoppedError
from evolve.gate.sides import Side
from search_spaces.library import system
from tests.evolve.runs import settings

SINGLE = Side("single", system("single"))


def audited(archive: Archive, repeats: int = 2, **budget: Any) -> Audit:
    return audit(settings(budget=budget), archive, SINGLE, 30, repeats)


def test_every_repetition_is_a_trial_of_the_tasks_that_a_search_begins_with() -> None:
    with Archive.in_memory() as archive:
        found = audited(archive, 3, evaluations=1_000)
        rollouts = list(archive.rollouts(found.run))
        assert Counter(rollout.trial for rollout in rollouts) == {0: 30, 1: 30, 2: 30}
        assert {rollout.purpose for rollout in rollouts} == {"confirm"}
        assert len({rollout.task for rollout in rollouts}) == 30


@pytest.mark.parametrize(
    ("name", "cap"),
    [("evaluations", 45), ("calls", 45), ("tokens", 6_000), ("usd", 0.003), ("seconds", 4.0)],
)
def test_a_cap_leaves_fewer_tasks_with_all_repetitions(name: str, cap: float) -> None:
    with Archive.in_memory() as archive:
        found = audited(archive, **{name: cap})
        (event,) = (each for each in archive.events(found.run) if each.kind == AUDIT)
    noise, prospects = found.findings.noise, found.findings.prospects
    assert FEWEST <= noise.tasks < 30
    assert noise.tasks >= prospects.tasks - 2, "nearly all that were begun"
    used = {**found.spent._asdict(), "seconds": event.at}
    assert 0 < used[name] <= cap


def test_too_small_a_cap_is_refused_before_or_after_the_first_round() -> None:
    with Archive.in_memory() as archive:
        with pytest.raises(BudgetError, match="3 repetitions of 9 tasks"):
            audited(archive, 3, evaluations=29)
        assert not archive.runs()
        with pytest.raises(BudgetError, match="tasks were scored twice"):
            audited(archive, tokens=1_500)
        assert archive.run().status == "failed"


def test_a_stopped_audit_says_how_to_go_on() -> None:
    def stop(engine: Engine) -> AbstractContextManager[object]:
        engine.on_change = engine.stop
        return nullcontext()

    with Archive.in_memory() as archive:
        with pytest.raises(StoppedError, match="round 1 of 2; start the audit again"):
            audit(settings(), archive, SINGLE, 30, 2, stop)
        assert archive.run().status == "interrupted"
