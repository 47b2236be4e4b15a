"""Whether a program that a model wrote passes its task's tests, in a sandbox."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from archive.records import Score
from evolve.clock import really
from evolve.errors import TaskError
from evolve.sandbox.base import SANDBOXES, Sandbox
from evolve.sandbox.judging import judge
from evolve.tasks.base import Scorer, Task
from evolve.tasks.unit_tests import job_of, problem_of
from search_spaces.text import shown


class UnitTests(Scorer):
    """1 if the answer's program passes all tests of a HumanEval or MBPP row, else 0."""

    sandbox: Annotated[Sandbox, SANDBOXES, Field(description="Where programs are run.")] = (
        SANDBOXES.default("bubblewrap")
    )

    @property
    def cpus(self) -> float:
        """One: programs are run."""
        return 1.0

    def check(self, answer: object) -> str:
        """The truth is a whole row with its tests."""
        return problem_of(answer)

    def require(self) -> None:
        """Raises a RunError that says what to do, where code cannot be run safely."""
        self.sandbox.or_unsafe()

    async def score(self, task: Task, answer: str) -> Score:
        """Runs the tests.

        Raises:
            TaskError: The task holds no tests.
            RunError: There is no sandbox on this machine.
        """
        if not isinstance(task.answer, Mapping):
            raise TaskError(f"task {task.input.id!r}: {problem_of(task.answer)}")
        job = job_of(task.answer, answer)
        verdict = await really(judge(self.sandbox.or_unsafe(), job))
        if verdict.passed:
            return Score(value=1.0, feedback="All tests pass.")
        place = f" at `{verdict.line}`" if verdict.line else ""
        return Score(value=0.0, feedback=shown(f"The tests fail{place}: {verdict.why}", 280))
