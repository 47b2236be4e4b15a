"""What strategies are shown of the past: up to their decision, and never a sealed task."""

from pathlib import Path

from archive.reading import Reader
from archive.store import Archive
from evolve.recall import Recall
from evolve.run import replay, settings_of, start
from tests.evolve.runs import settings


def test_examples_end_with_the_decision_and_leave_sealed_tasks_out(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    with Archive.write(path) as archive:
        start(settings(budget={"evaluations": 300}), archive)
    with Reader.read(path) as archive:
        run = archive.run()
        state = replay(archive, run)
        recall = Recall(archive, run, state.tasks)
        rollouts = list(archive.rollouts(run, 0, traces=True))
        assert {rollout.purpose for rollout in rollouts} >= {"search"}
        for taken in (0, 20, 60, 10**6):
            past = [r for r in rollouts if r.taken < taken and r.purpose == "search"]
            given = recall.until(taken)(0)
            assert [example.score for example in given] == [r.score for r in past]
            assert [example.read_trace() for example in given] == [r.trace for r in past]
        known = {task.input for task in state.tasks}
        for candidate in range(len(archive.candidates(run))):
            assert {example.task for example in recall.until(10**6)(candidate)} <= known
        sealed = {task.input for task in settings_of(run).tasks.load(run.seed).unseal()}
        assert known.isdisjoint(sealed)
        nothing = Recall(archive, run, state.tasks[:0]).until(10**6)
        assert nothing(0) == []
