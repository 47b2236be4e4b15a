"""Trackers that misbehave, and one that records every call."""

import time
from collections.abc import Mapping
from typing import ClassVar

from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.trackers.base import Ended, RunTracker, TrackedRun, Tracker


class Noting(Tracker, RunTracker):
    """Records every call."""

    package: ClassVar[str] = "json"
    notes: ClassVar[list[tuple[str, object]]] = []

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """Itself."""
        self.notes.append(("follow", tracked.settings))
        return self

    def begin(self) -> None:
        self.notes.append(("begin", None))

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        self.notes.append(("progress", (results, figures)))

    def end(self, ended: Ended) -> None:
        self.notes.append(("end", ended))


class Failing(Tracker, RunTracker):
    """Raises in the method named by `when`."""

    package: ClassVar[str] = "json"
    when: str = ""

    def _may_fail(self, moment: str) -> None:
        if self.when == moment:
            raise (
                SystemExit("no sk-abcdefgh12345678\nserver")
                if moment == "end"
                else ValueError("no sk-abcdefgh12345678\nserver")
            )

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """Itself, unless it raises."""
        self._may_fail("follow")
        return self

    def begin(self) -> None:
        self._may_fail("begin")

    def progress(self, results: int, figures: Mapping[str, float]) -> None:
        self._may_fail("progress")

    def end(self, ended: Ended) -> None:
        self._may_fail("end")

    def models(self, models: Models) -> Models:
        """The same, unless it raises."""
        self._may_fail("models")
        return models

    def executor(self, executor: Executor) -> Executor:
        """The same, unless it raises."""
        self._may_fail("executor")
        return executor


class Hanging(Tracker, RunTracker):
    """Never comes back."""

    package: ClassVar[str] = "json"

    def follow(self, tracked: TrackedRun) -> RunTracker:
        """Itself."""
        return self

    def begin(self) -> None:
        time.sleep(3600)
