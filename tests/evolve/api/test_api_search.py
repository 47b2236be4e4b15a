"""Searches from programs: the same runs as the command's, in any thread and event loop."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archive.reading import Reader
from archive.store import Archive
from evolve import EvolveError, Finding, load_archive, search, search_async
from evolve.engine.run import start
from evolve.errors import StoppedError
from evolve.tasks.base import Task
from tests.evolve.cli.commands import PATIENCE, ROOT, evolve_process
from tests.evolve.runs import SMALL, facts, settings

SOON: dict[str, Any] = {"budget.evaluations": 60, "confirm.tasks": 5, "concurrency": 16}
TASKS = [{"question": f"What is {n} plus {n + 3}?", "answer": str(2 * n + 3)} for n in range(40)]


def says_seven(task: Task, answer: str) -> float:
    """A scorer of a program's own."""
    return float("7" in answer)


async def waits(task: Task, answer: str) -> dict[str, object]:
    """One that is async and gives feedback."""
    await asyncio.sleep(0)
    return {"score": 0.25, "feedback": "as always"}


def has_begun(path: Path) -> bool:
    """Whether an archive has a first result."""
    try:
        return bool(load_archive(path).query("SELECT 1 FROM rollouts LIMIT 1"))
    except EvolveError:  # it is not there yet, or only just
        return False


@pytest.mark.full
def test_a_search_is_the_commands_own(tmp_path: Path) -> None:
    with Archive.write(tmp_path / "other.db") as other:
        start(settings(), other)
        expected = facts(other)
    found = search("quickstart_simulated", overrides=dict(SMALL), archive=tmp_path / "evolve.db")
    with Reader.read(tmp_path / "evolve.db") as archive:
        assert facts(archive) == expected
    assert found.run.status == "finished"


@pytest.mark.full
def test_a_search_that_is_awaited_is_the_same(tmp_path: Path) -> None:
    async def both() -> list[Finding]:
        searches = [
            search_async("quickstart_simulated", overrides=SOON, archive=tmp_path / f"{name}.db")
            for name in ("one", "two")
        ]
        return await asyncio.gather(*searches)

    one, two = asyncio.run(both())
    three = search("quickstart_simulated", overrides=SOON, archive=tmp_path / "three.db")
    assert one.records() == two.records() == three.records()
    assert one.confirmation == two.confirmation == three.confirmation


def test_a_search_within_a_running_loop_works(tmp_path: Path) -> None:
    """As in a notebook, where every cell runs within one."""

    async def cell() -> Finding:
        return search("quickstart_simulated", overrides=SOON, archive=tmp_path / "evolve.db")

    assert asyncio.run(cell()).best is not None


@pytest.mark.full
@pytest.mark.parametrize(("scorer", "values"), [(says_seven, {0.0, 1.0}), (waits, {0.25})])
def test_tasks_and_scorers_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scorer: Any, values: set[float]
) -> None:
    monkeypatch.chdir(tmp_path)
    payload = {"tasks": {}, "models": _paid(), "budget": {"evaluations": 60}}
    found = search(
        payload, tasks=TASKS, scorer=scorer, dry_run=True, overrides={"confirm.tasks": 5}
    )
    with Reader.read(tmp_path / "evolve.db") as archive:
        rollouts = list(archive.rollouts(found.run))
        assert [task.id for task in archive.tasks(found.run)] == [str(n + 1) for n in range(40)]
    assert {rollout.score.value for rollout in rollouts} <= values
    kept = list(tmp_path.glob("evolve-tasks-*.jsonl"))
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    again = search(
        {**payload, "tasks": {"scorer": scorer, "file": kept[0]}},
        dry_run=True,
        overrides={"confirm.tasks": 5},
    )
    assert again.records() == found.records()


def _paid() -> dict[str, object]:
    return {"small": {"openai": {"model": "small", "price": {"prompt": 1, "completion": 2}}}}


@pytest.mark.full
def test_a_stopped_search_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"

    async def stopped() -> None:
        searching = asyncio.create_task(search_async("quickstart_simulated", archive=path))
        while not has_begun(path):
            await asyncio.sleep(0.05)
        searching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await searching

    asyncio.run(stopped())
    archive = load_archive(path)
    assert [run.status for run in archive.runs] == ["interrupted"]
    before = archive.newest
    assert before.confirmation is None
    assert before.score == (before.best and before.best.score)
    resumed = archive.resume(evaluations=len(before.records()) + 400)
    assert resumed.run.id == before.run.id
    assert resumed.run.status == "finished"
    assert resumed.confirmation is not None
    with pytest.raises(EvolveError, match="is finished"):
        archive.resume()


@pytest.mark.full
def test_an_interrupt_stops_a_script_in_good_order(tmp_path: Path) -> None:
    script = "from evolve import search\nsearch('quickstart_simulated', archive='evolve.db')\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + PATIENCE
    while not has_begun(tmp_path / "evolve.db") and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert err.rstrip().endswith("KeyboardInterrupt"), err
    assert load_archive(tmp_path / "evolve.db").newest.run.status == "interrupted"
    result = evolve_process("archive", "check", folder=tmp_path)
    assert result.code == 0, result


def test_a_search_stopped_from_within_raises(tmp_path: Path) -> None:
    from evolve.api.finding import find, finished
    from evolve.engine.run import Result

    found = search("quickstart_simulated", overrides=SOON, archive=tmp_path / "evolve.db")
    stopped = Result(found.run, "it was stopped", simulated=True, spend={}, stopped=True)
    with Reader.read(tmp_path / "evolve.db") as archive:
        found = find(archive, found.run, tmp_path / "evolve.db")
    with pytest.raises(StoppedError, match="resume"):
        finished(stopped, found)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"run_file": "quickstat"}, "list run-files"),
        ({"run_file": {"budget": {"usd": 1}}}, "the settings: tasks: this key is required"),
        ({"overrides": {"budget.usb": 1}}, "budget.usb: unknown key; did you mean 'usd'"),
        ({"tasks": [{"question": object()}]}, r"tasks\[0\]: cannot be written as JSON"),
        ({"tasks": ["a question"]}, r"tasks\[0\]: expected a mapping"),
        ({"tasks": []}, "there are no tasks in this file"),
        ({"tasks": "no.csv"}, "there is no such task file"),
        ({"scorer": lambda task, answer: 1.0}, "top level of a module"),
        ({"archive": "no/where/evolve.db"}, "no/where/evolve.db"),
    ],
)
def test_mistakes_are_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvolveError, match=message) as error:
        search(**{"run_file": "quickstart_simulated", **payload})
    assert len(str(error.value).splitlines()) == 1
