"""Examples in views: they end with the decision, and none is of a sealed task."""

from pathlib import Path

import pytest

from archive.reading import Reader
from archive.store import Archive
from evolve.engine.examples import SearchExamples
from evolve.engine.recorded import settings_of
from evolve.engine.replay import replay
from evolve.engine.run import start
from tests.evolve.runs import settings


@pytest.mark.full
def test_examples_end_with_the_decision_and_leave_sealed_tasks_out(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        start(settings(budget={"evaluations": 300}), archive)
    with Reader.read(path) as archive:
        run = archive.run()
        state = replay(archive, run)
        examples = SearchExamples(archive, run, state.tasks)
        rollouts = list(archive.rollouts(run, 0, traces=True))
        assert {rollout.purpose for rollout in rollouts} >= {"search"}
        for seen in (0, 20, 60, 10**6):
            past = [r for r in rollouts if r.position < seen and r.purpose == "search"]
            given = examples.until(seen)(0)
            assert [example.score for example in given] == [r.score for r in past]
            assert [example.read_trace() for example in given] == [r.trace for r in past]
        known = {task.input for task in state.tasks}
        for candidate in range(len(archive.candidates(run))):
            assert {example.task for example in examples.until(10**6)(candidate)} <= known
        sealed = {task.input for task in settings_of(archive, run).tasks.load(run.seed).unseal()}
        assert known.isdisjoint(sealed)
        nothing = SearchExamples(archive, run, state.tasks[:0]).until(10**6)
        assert nothing(0) == []
