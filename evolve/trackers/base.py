"""The contract of trackers, which send a search's progress to other programs.

A tracker sends figures, settings and the best system elsewhere; never a key, and never a task. What
it raises and how long it takes never affects the search: see `evolve.engine.tracking`.
"""

from abc import abstractmethod
from collections.abc import Mapping
from importlib.util import find_spec
from typing import ClassVar, NamedTuple

from archive.records import Run, Status
from evolve.errors import RunError
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.plugins import Kind, Plugin


class TrackedRun(NamedTuple):
    """The run that is tracked."""

    run: Run
    settings: Mapping[str, str]
    """The values that its run file sets, by key path."""
    scorer: str
    """The name of its scorer."""


class Ended(NamedTuple):
    """The end of a run."""

    status: Status
    figures: Mapping[str, float]
    """The results, such as ``test_score`` and ``gain``."""
    system: str
    """The best system as YAML; empty if there is none."""


class RunTracker:
    """A tracker at work on one run.

    Its methods are called in order, from one thread of its own. Only `models` and `executor` are
    called by the search itself, before it begins; what they return must not raise of its own.
    """

    def begin(self) -> None:
        """Called when the run begins or is resumed."""

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        """Called with the state of the run.

        Args:
            results: The number of results so far; it only grows.
            figures: Such as ``score``, ``score_low``, ``cost_per_task``; unknown ones are left out.
        """

    def end(self, ended: Ended) -> None:
        """Called when the run has ended; closes files and connections."""

    def models(self, models: Models) -> Models:
        """The run's models, instrumented; most trackers return them unchanged."""
        return models

    def executor(self, executor: Executor) -> Executor:
        """The run's executor, instrumented; most trackers return it unchanged."""
        return executor


class Tracker(Plugin):
    """Sends a search's progress to another program."""

    package: ClassVar[str]
    """The package that it needs; the extra that installs it has the tracker's name."""

    def require(self) -> None:
        """Checks that the tracker can work on this machine.

        Raises:
            RunError: What it needs is not installed; the message says how to install it.
        """
        try:
            found = find_spec(self.package)
        except ModuleNotFoundError:  # of its parent package
            found = None
        if found is None:
            name = self.plugin_name()
            raise RunError(
                f"the tracker {name} needs a package that is not installed: "
                f"pip install 'evolve-mas[{name}]'"
            )

    @abstractmethod
    def follow(self, tracked: TrackedRun) -> RunTracker:
        """A tracker of one run; nothing is sent yet."""


TRACKERS = Kind("evolve.trackers", Tracker)
"""Every tracker."""
