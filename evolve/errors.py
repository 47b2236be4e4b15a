"""What can go wrong in a search; the tree's root is search_spaces.errors.EvolveError.

RunError            a run that cannot start or continue as requested
├── TaskError       a task file, split or scorer that cannot be used
├── BudgetError     spend that no cap allows
├── OutageError     an endpoint that does not answer: unreachable, refusing, out of quota
├── UnscoredError   an answer that its scorer could not score, this time
├── UnaffordableError  a model call that the rest of the budget does not cover
└── StoppedError    a run that was stopped before its end
"""

from collections.abc import Sequence

from archive.records import Step
from search_spaces.errors import EvolveError


class RunError(EvolveError):
    """A run that cannot start or continue as requested."""


class TaskError(RunError):
    """A task file, split or scorer that cannot be used."""


class BudgetError(RunError):
    """Spend that no cap allows."""


class OutageError(RunError):
    """An endpoint that does not answer; never a candidate's fault."""


class UnscoredError(RunError):
    """An answer that its scorer could not score, this time; never a candidate's fault."""

    def __init__(self, reason: str, steps: Sequence[Step] = ()) -> None:
        """Describes it.

        Args:
            reason: What went wrong with scoring, in one line.
            steps: The model calls that a judge made.
        """
        super().__init__(reason)
        self.steps = tuple(steps)

    def __reduce__(self) -> tuple[type["UnscoredError"], tuple[str, tuple[Step, ...]]]:
        """Supports pickling with all fields, since it may come from another process."""
        return type(self), (str(self), self.steps)


class StoppedError(RunError):
    """A run that was stopped before its end."""


class UnaffordableError(RunError):
    """A model call that the rest of the budget does not cover; never a candidate's fault."""
