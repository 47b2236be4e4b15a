"""Tasks, and the contract of scorers.

``TaskInput`` has no answer field: nothing at run time can see the truth.
"""

from abc import abstractmethod
from typing import Annotated, Any

from pydantic import Field

from archive.records import Score, Split, Trace, Usage
from evolve.answers.base import FORMS, Form
from evolve.answers.forms.free import Free
from evolve.models.base import Models
from evolve.plugins import Kind, Plugin
from search_spaces.frozen import Frozen

_FREE = Free()


class TaskInput(Frozen):
    """What agents are given of a task."""

    id: str
    text: str
    instructions: str = Field(default="", description="How the answer is to be written.")
    form: Annotated[Form, FORMS] = Field(default=_FREE, description="How a reply is read.")


class Task(Frozen):
    """A task with its truth; only scorers see it whole."""

    number: int = Field(description="Its place in the task file, from 0.")
    input: TaskInput
    answer: Any = Field(description="The truth, of whatever type the scorer expects.")
    domain: str = ""
    split: Split = "validation"


class Scorer(Plugin):
    """Scores answers."""

    def check(self, answer: object) -> str:
        """Returns what is wrong with a task's truth for this scorer; empty if nothing is."""
        return "" if isinstance(answer, str | int | float) else "expected a text or a number"

    def require(self) -> None:
        """Raises an EvolveError that says what to do, where it cannot work on this machine."""

    @property
    def asks(self) -> tuple[str, ...]:
        """The models that its options name, which the run file must know."""
        return ()

    @property
    def cpus(self) -> float:
        """Processors that scoring one answer keeps busy; 0: negligible."""
        return 0.0

    @property
    def reads_texts(self) -> bool:
        """Whether an answer may be a text of several lines, rather than a word or a number."""
        return False

    @property
    def judged(self) -> bool:
        """Whether its scores are a model's opinion, and labelled so wherever they are shown."""
        return False

    def bind(self, models: Models) -> "Scorer":
        """Returns a scorer with the same options that can work.

        Args:
            models: The run's, metered.
        """
        return self

    def worst(self, longest: TaskInput, models: Models) -> Usage:
        """What scoring one answer may consume at most.

        Args:
            longest: A task input with the most bytes.
            models: The run's. ``usd`` is None if one that is asked has no price.
        """
        return Usage()

    def submission(self, trace: Trace) -> str:
        """What of a trace is scored: the answer, unless a scorer looks at what was done."""
        return trace.answer

    @abstractmethod
    async def score(self, task: Task, answer: str) -> Score:
        """Scores an answer, 0 to 1, with feedback.

        Raises:
            UnscoredError: It cannot be scored this time, which is not the candidate's fault.
            TaskError: The scorer itself is at fault.
        """

    async def close(self) -> None:
        """Releases processes and other resources."""


SCORERS = Kind("evolve.tasks.scorers", Scorer)
"""Every scorer."""
