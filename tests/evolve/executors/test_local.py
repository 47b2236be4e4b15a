import pytest

from evolve import clock
from evolve.errors import OutageError, TaskError
from evolve.executors.base import EXECUTORS
from evolve.executors.local import Local
from evolve.models.base import Model, Models, Reply, Request
from evolve.models.embedders.hashed import Hashed
from evolve.models.scripted import Scripted
from evolve.tasks.base import Scorer, Task, TaskInput
from evolve.tasks.scorers.exact import Exact
from evolve.tasks.scorers.python import Python
from search_spaces.config import Agent, Answer, SystemConfig

TASK = Task(number=0, input=TaskInput(id="1", text="6 times 7?"), answer="42")
VOTE = SystemConfig(agents=[Agent(name="a", samples=2)], answer=Answer(mode="centroid"))


def bound(scorer: Scorer | None = None) -> Local:
    def say(request: Request) -> str:
        return f"{'Long' * request.sample}\nAnswer: {42 + request.sample}"

    models = Models({"m": Scripted(script=say)}, "m")
    return Local().bind(models, Hashed(), scorer or Exact())


def fails(task: Task, answer: str) -> float:
    raise LookupError("no such thing")


def test_it_runs_and_scores_what_it_is_bound_to() -> None:
    executor = bound()
    trace = clock.run(executor.run(VOTE, TASK.input, 0), virtual=True)
    assert trace.answer in ("42", "43")
    assert clock.run(executor.score(TASK, "42"), virtual=True).value == 1
    assert clock.run(executor.score(TASK, "43"), virtual=True).value == 0


def test_trials_are_other_draws() -> None:
    one = SystemConfig(agents=[Agent(name="a")])
    executor = bound()
    answers = [
        clock.run(executor.run(one, TASK.input, trial), virtual=True).answer for trial in range(3)
    ]
    assert answers == ["42", "43", "44"]


def test_binding_leaves_the_run_files_executor_alone() -> None:
    unbound = Local()
    unbound.bind(Models({"m": Scripted(script={})}, "m"), Hashed(), Exact())
    with pytest.raises(AssertionError, match="bound"):
        clock.run(unbound.score(TASK, "42"), virtual=True)


def test_outages_and_broken_scorers_are_no_scores() -> None:
    class Down(Model):
        async def complete(self, request: Request) -> Reply:
            raise OutageError("gone")

    executor = Local().bind(Models({"m": Down()}, "m"), Hashed(), Exact())
    with pytest.raises(OutageError):
        clock.run(executor.run(VOTE, TASK.input, 0), virtual=True)
    scoring = bound(Python(function=f"{__name__}:fails")).score(TASK, "42")
    with pytest.raises(TaskError):
        clock.run(scoring, virtual=True)


def test_run_files_know_it() -> None:
    assert EXECUTORS.find("local") is Local
    assert "local" in EXECUTORS.names()
