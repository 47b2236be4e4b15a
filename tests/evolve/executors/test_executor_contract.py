"""The contract of executors, for every executor."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias, TypeVar

import pytest

from archive.records import Trace
from evolve import clock
from evolve.errors import OutageError, TaskError, UnscoredError
from evolve.executors.base import EXECUTORS, Executor
from evolve.models.base import Model, Models
from evolve.models.embedders.hashed import Hashed
from evolve.models.scripted import Scripted
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tasks.scorers.exact import Exact
from evolve.tasks.scorers.python import Python
from search_spaces.config import Agent, Answer, SystemConfig
from tests.evolve.executors import scripts

T = TypeVar("T")
Run: TypeAlias = Callable[[Callable[[Executor], Awaitable[T]]], T]

TASK = Task(number=0, input=TaskInput(id="1", text="6 times 7?"), answer="42")
ONE = SystemConfig(agents=[Agent(name="a")])
VOTE = SystemConfig(agents=[Agent(name="a", samples=2)], answer=Answer(mode="centroid"))
HERE = scripts.__name__


@pytest.fixture(
    params=[
        "local",
        pytest.param("ray", marks=[pytest.mark.full, pytest.mark.xdist_group("ray")]),
    ]
)
def unbound(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "local":
        yield EXECUTORS.built("local", "a test")
    else:
        address = request.getfixturevalue("address")
        yield EXECUTORS.built({"ray": {"address": address, "workers": 1}}, "a test")


def with_it(
    unbound: Executor,
    work: Callable[[Executor], Awaitable[T]],
    scorer: Scorer | None = None,
    model: Model | None = None,
    virtual: bool = True,
) -> T:
    """What work with an executor comes to, which is closed after that."""
    says = Scripted(script=f"{HERE}.say", latency_s=2.0)

    async def main() -> T:
        models = Models({"m": model or says}, "m")
        executor = unbound.bind(models, Hashed(), scorer or Exact())
        try:
            return await work(executor)
        finally:
            await executor.close()

    return clock.run(main(), virtual=virtual)


def test_it_runs_and_scores_what_it_is_bound_to(unbound: Executor) -> None:
    async def work(executor: Executor) -> list[float]:
        trace = await executor.run(VOTE, TASK.input, 0)
        assert executor.submission(trace) == trace.answer in ("42", "43")
        return [(await executor.score(TASK, answer)).value for answer in ("42", "43")]

    assert with_it(unbound, work) == [1, 0]


def test_trials_are_other_draws_beside_other_work(unbound: Executor) -> None:
    async def work(executor: Executor) -> list[Trace]:
        return list(
            await asyncio.gather(*(executor.run(ONE, TASK.input, trial) for trial in range(3)))
        )

    assert [trace.answer for trace in with_it(unbound, work)] == ["42", "43", "44"]


def test_virtual_time_advances_by_latencies(unbound: Executor) -> None:
    async def work(executor: Executor) -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await executor.run(ONE, TASK.input, 0)
        await executor.score(TASK, "42")
        await asyncio.gather(*(executor.run(ONE, TASK.input, trial) for trial in range(3)))
        return loop.time() - began

    assert with_it(unbound, work) == pytest.approx(4.0)


def test_in_real_time_they_work_at_the_same_time(unbound: Executor) -> None:
    async def work(executor: Executor) -> list[str]:
        traces = await asyncio.gather(*(executor.run(ONE, TASK.input, n) for n in range(20)))
        return [trace.answer for trace in traces]

    model = Scripted(script=f"{HERE}.say", latency_s=0.2)
    found = with_it(unbound, work, model=model, virtual=False)
    assert found == [str(42 + trial) for trial in range(20)]


def test_outages_are_no_answers(unbound: Executor) -> None:
    with pytest.raises(OutageError, match="gone"):
        with_it(unbound, lambda executor: executor.run(VOTE, TASK.input, 0), model=scripts.Down())


def test_broken_scorers_are_no_scores(unbound: Executor) -> None:
    broken = Python(function=f"{HERE}:fails")
    with pytest.raises(TaskError, match="no such thing"):
        with_it(unbound, lambda executor: executor.score(TASK, "42"), broken)
    with pytest.raises(UnscoredError, match="who knows"):
        with_it(unbound, lambda executor: executor.score(TASK, "42"), scripts.Undecided())


def test_what_goes_wrong_with_one_job_leaves_the_others_alone(unbound: Executor) -> None:
    async def work(executor: Executor) -> list[object]:
        one = executor.score(TASK, "42")
        return list(await asyncio.gather(one, executor.run(ONE, TASK.input, 0)))

    async def both(executor: Executor) -> str:
        with pytest.raises(TaskError):
            await work(executor)
        return (await executor.run(ONE, TASK.input, 1)).answer

    assert with_it(unbound, both, Python(function=f"{HERE}:fails")) == "43"


def test_binding_leaves_the_run_files_executor_alone(unbound: Executor) -> None:
    async def work(executor: Executor) -> None:
        with pytest.raises(AssertionError, match="bound"):
            await unbound.score(TASK, "42")

    with_it(unbound, work)


def test_run_files_know_it(unbound: Executor) -> None:
    assert EXECUTORS.find(unbound.plugin_name()) is type(unbound)
    assert unbound.plugin_name() in EXECUTORS.names()
