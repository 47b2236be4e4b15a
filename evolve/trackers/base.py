"""Who is told how a search goes: the contract of trackers.

A tracker sends figures, settings and the best system elsewhere; never a key, and never a task. What
it raises or how long it takes is nothing to the search: see `evolve.following`.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from archive.records import Run, Status
from evolve.errors import RunError
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.plugins import Kind, Plugin

if TYPE_CHECKING:
    from evolve.settings import RunSettings


class Ended(NamedTuple):
    """How a run ended."""

    status: Status
    figures: Mapping[str, float]
    """What came of it, such as ``test_score`` and ``gain``."""
    system: str
    """The best system as YAML; empty if there is none."""


class Following:
    """A tracker at work on one run.

    It is told of the run by one thread of its own, in order. Only `models` and `executor` are
    called by the search itself, before it begins; what they return must not raise for itself.
    """

    def begin(self) -> None:
        """Is told that the run begins, or goes on."""

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        """Is told how the run stands.

        Args:
            results: How many results there are by now; it only grows.
            figures: Such as ``score``, ``score_low``, ``usd``; those that are unknown are left out.
        """

    def end(self, ended: Ended) -> None:
        """Is told that the run has ended, and lets go of files and connections."""

    def models(self, models: Models) -> Models:
        """The run's models, watched; most trackers leave them as they are."""
        return models

    def executor(self, executor: Executor) -> Executor:
        """The run's executor, watched; most trackers leave it as it is."""
        return executor


class Tracker(Plugin):
    """Somebody who is told how a search goes."""

    package: ClassVar[str]
    """A package that is there if it can work; the extra that brings it has the tracker's name."""

    def require(self) -> None:
        """Makes sure that it can work on this machine.

        Raises:
            RunError: What it needs is not installed; the message says how to install it.
        """
        try:
            found = find_spec(self.package)
        except ModuleNotFoundError:  # of the package that it is in
            found = None
        if found is None:
            name = self.plugin_name()
            raise RunError(
                f"the tracker {name} needs a package that is not there: "
                f"pip install 'evolve-mas[{name}]'"
            )

    @abstractmethod
    def follow(self, run: Run, settings: "RunSettings") -> Following:
        """Who follows a run; nothing is sent yet."""


def flat(settings: "RunSettings") -> dict[str, str]:
    """What a run was told, by key path, as it is kept in its archive."""
    return dict(_leaves(settings.model_dump(mode="json", exclude_defaults=True), ""))


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{place}")
    else:
        yield path, str(value)


TRACKERS = Kind("evolve.trackers", Tracker)
"""Every tracker."""
