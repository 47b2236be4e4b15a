"""What can go wrong in a search; the tree's root is search_spaces.errors.EvolveError.

RunError            a run that cannot start or go on as it was asked
├── TaskError       a task file, split or scorer that cannot be used
├── BudgetError     spend that no cap allows
├── OutageError     an endpoint that does not serve: unreachable, refusing, out of quota
└── StoppedError    a run that somebody stopped before it was done
"""

from search_spaces.errors import EvolveError


class RunError(EvolveError):
    """A run that cannot start or go on as it was asked."""


class TaskError(RunError):
    """A task file, split or scorer that cannot be used."""


class BudgetError(RunError):
    """Spend that no cap allows."""


class OutageError(RunError):
    """An endpoint that does not serve; never a candidate's fault."""


class StoppedError(RunError):
    """A run that somebody stopped before it was done."""
