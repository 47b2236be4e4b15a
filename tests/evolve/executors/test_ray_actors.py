"""Actors without Ray: opening, and messages to the driver."""

import asyncio

from archive.records import Trace
from evolve.executors.ray.actors import Actor, RolloutActor, ScoringActor
from evolve.executors.ray.messages import Done, Evaluate, Failed, Job, Judge, ToDriver
from evolve.executors.ray.worker_environment import WorkerEnvironment, for_rollouts, for_scoring
from evolve.models.base import Models
from evolve.models.embedders.hashed import Hashed
from evolve.models.scripted import Scripted
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.exact import Exact
from evolve.tools.toolbox import Toolbox
from evolve.version import __version__
from search_spaces.config import Agent, SystemConfig

TASK = Task(number=0, input=TaskInput(id="1", text="6 times 7?"), answer="42")
MODELS = Models({"m": Scripted(script={"6": "Answer: 42"}, latency_s=3.0)}, "m")


def one_line(actor: Actor, environment: WorkerEnvironment, *jobs: Job) -> list[ToDriver]:
    async def main() -> list[ToDriver]:
        assert await actor.open(__version__, [], environment.written(), b"") == ""
        await actor.hear(jobs)
        received: list[ToDriver] = []
        while len(received) < len(jobs):
            received += await actor.tell()
        await actor.close()
        return received

    return asyncio.run(main())


def test_another_version_is_refused_with_advice() -> None:
    environment = for_scoring(MODELS, Exact()).written()
    received = asyncio.run(ScoringActor().open("0.0.0", [], environment, b""))
    assert "driver 0.0.0" in received
    assert "install the same" in received


def test_what_cannot_be_built_is_one_line() -> None:
    received = asyncio.run(
        RolloutActor().open(__version__, [], '{"models": {"m": "mind"}, "default_model": "m"}', b"")
    )
    assert "unknown model 'mind'" in received
    assert "\n" not in received


def test_virtual_time_starts_where_the_drivers_stood() -> None:
    environment = for_rollouts(MODELS, Hashed(), Toolbox({}))
    work = Evaluate(SystemConfig(agents=[Agent(name="a")]), TASK.input, 0)
    jobs = [Job(number, work, at) for number, at in enumerate((100.0, 7.0))]
    received = one_line(RolloutActor(), environment, *jobs)
    ended = {each.job: each.ended for each in received if isinstance(each, Done)}
    assert ended == {0: 103.0, 1: 10.0}
    assert all(isinstance(each.result, Trace) for each in received if isinstance(each, Done))


def test_no_actor_does_the_work_of_the_other_kind() -> None:
    work = Evaluate(SystemConfig(agents=[Agent(name="a")]), TASK.input, 0)
    (received,) = one_line(ScoringActor(), for_scoring(MODELS, Exact()), Job(0, work, None))
    assert isinstance(received, Failed)
    environment = for_rollouts(MODELS, Hashed(), Toolbox({}))
    assert environment.scorer is None
    (received,) = one_line(RolloutActor(), environment, Job(0, Judge(TASK, "42"), None))
    assert isinstance(received, Failed)


def test_a_scorer_without_calls_is_sent_no_model() -> None:
    assert for_scoring(MODELS, Exact()).models == {}
