"""Runs trackers in threads, so that none of them can end, delay or change the search.

Each tracker has its own thread and receives the current figures at most once a second; a tracker
that is still busy then is skipped. A tracker that raises, or that does not return in time, is
dropped with one line on standard error. Calls that are open when a run ends are completed while its
result is already shown; the process waits for them at exit, for a bounded time.
"""

import atexit
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

from archive.records import Run, Status
from evolve.engine.loop import Engine
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.secrets.redaction import without_secrets
from evolve.trackers.base import Ended, RunTracker, TrackedRun, Tracker
from search_spaces.yaml_text import write_system

if TYPE_CHECKING:
    from evolve.runfile.settings import RunSettings

T = TypeVar("T")

EVERY_S = 1.0
"""Seconds between two updates of a tracker."""

GRACE_S = 1.0
"""Seconds that the end of a run waits for all its trackers."""

ANSWER_S = 10.0
"""Seconds that the end of the process waits for one call of a tracker."""

PATIENCE_S = 60.0
"""Seconds that the end of the process waits for all calls of all trackers."""


class RunTrackers:
    """The trackers of a run."""

    def __init__(self, trackers: Sequence[Tracker], run: Run, settings: "RunSettings") -> None:
        """Prepares the trackers, within the run's event loop.

        Args:
            trackers: The trackers.
            run: The tracked run.
            settings: Its settings.
        """
        scorer = settings.tasks.scorer.plugin_name()
        tracked = TrackedRun(run, flat(settings), scorer)
        self._threads = [
            _TrackerThread(tracker.plugin_name(), partial(tracker.follow, tracked))
            for tracker in trackers
        ]
        self._updated_at = 0.0

    def models(self, models: Models) -> Models:
        """The run's models, wrapped by the trackers that observe them."""
        for thread in self._threads:
            models = thread.wrap(models, lambda each, models: each.models(models))
        return models

    def executor(self, executor: Executor) -> Executor:
        """The run's executor, wrapped by the trackers that observe it."""
        for thread in self._threads:
            executor = thread.wrap(executor, lambda each, executor: each.executor(executor))
        return executor

    @contextmanager
    def updating(self, engine: Engine) -> Iterator[None]:
        """Updates the trackers from a running engine for as long as the context lasts."""
        before = engine.on_change

        def update() -> None:
            before()
            if time.monotonic() - self._updated_at >= EVERY_S:
                self._updated_at = time.monotonic()
                self._update(engine)

        if self._threads:
            engine.on_change = update
            for thread in self._threads:
                thread.start()
        yield

    def _update(self, engine: Engine) -> None:
        results, figures = engine.state.results_seen, _figures(engine)
        for thread in self._threads:
            if not thread.busy:
                thread.post(lambda tracker: tracker.progress(results, figures))

    def end(self, engine: Engine, status: Status) -> None:
        """Sends the end of the run; calls that take longer are completed at exit."""
        if not self._threads:
            return
        results, figures, ended = (
            engine.state.results_seen,
            _figures(engine),
            _ended(engine, status),
        )
        for thread in self._threads:
            thread.post(lambda tracker: tracker.progress(results, figures))
            thread.post(lambda tracker: tracker.end(ended))
            thread.close()
        until = time.monotonic() + GRACE_S
        for thread in self._threads:
            if not thread.join(until - time.monotonic()):
                atexit.register(thread.finish)


class _TrackerThread:
    """One tracker, and the thread that calls it."""

    def __init__(self, name: str, follow: Callable[[], RunTracker]) -> None:
        self._name = name
        self._tracker: RunTracker | None = None
        self._calls: SimpleQueue[Callable[[RunTracker], None] | None] = SimpleQueue()
        self._answered = Event()
        self._thread = Thread(target=self._work, name=f"tracker {name}", daemon=True)
        try:
            self._tracker = follow()
        except Exception as error:  # noqa: BLE001 - a tracker may fail in any way
            self._drop(error)

    @property
    def busy(self) -> bool:
        """Whether calls are queued."""
        return not self._calls.empty()

    def wrap(self, thing: T, observed: Callable[[RunTracker, T], T]) -> T:
        if self._tracker is None:
            return thing
        try:
            return observed(self._tracker, thing)
        except Exception as error:  # noqa: BLE001 - as above
            self._drop(error)
            return thing

    def start(self) -> None:
        self.post(lambda tracker: tracker.begin())
        self._thread.start()

    def post(self, call: Callable[[RunTracker], None]) -> None:
        self._calls.put(call)

    def close(self) -> None:
        """Ends the thread after the queued calls."""
        self._calls.put(None)

    def join(self, seconds: float) -> bool:
        """Waits for the thread; returns whether it has ended."""
        if self._thread.is_alive():
            self._thread.join(max(seconds, 0.0))
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Waits for the thread while its calls return in time; Ctrl-C ends the wait."""
        until = time.monotonic() + PATIENCE_S
        try:
            while time.monotonic() < until and not self.join(0):
                self._answered.clear()
                answered = self._answered.wait(min(ANSWER_S, max(until - time.monotonic(), 0)))
                if not answered and not self.join(0):
                    self._drop(TimeoutError(f"no answer within {ANSWER_S:g} s"))
                    return
            if not self.join(0):
                self._drop(TimeoutError(f"not done within {PATIENCE_S:g} s"))
        except KeyboardInterrupt:
            self._drop(TimeoutError("interrupted"))

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            tracker = self._tracker
            try:
                if tracker is not None:
                    call(tracker)
            except BaseException as error:  # noqa: BLE001 - also SystemExit of libraries
                self._drop(error)
            self._answered.set()
        self._answered.set()

    def _drop(self, error: BaseException) -> None:
        self._tracker = None
        reason = " ".join(without_secrets(str(error), os.environ).split()) or type(error).__name__
        with suppress(Exception):  # standard error may be closed, or its disk full
            sys.stderr.write(f"evolve: the tracker {self._name} is dropped: {reason:.300}\n")


def _figures(engine: Engine) -> dict[str, float]:
    """The current figures of a run; unknown ones are left out."""
    state, ledger = engine.state, engine.state.ledger
    spent = ledger.settled
    figures: dict[str, float | None] = {
        "usd": spent.usd,
        "evaluations": spent.evaluations,
        "calls": spent.calls,
        "tokens": spent.tokens,
        "candidates": len(state.candidates),
        "budget_share": ledger.share,
    }
    if best := engine.settings.objective.best(state.standings.all()):
        low, high = best.interval
        figures |= {"score": best.mean, "score_low": low, "score_high": high}
        figures |= {"cost_per_task": best.cost}
    return {name: float(value) for name, value in figures.items() if value is not None}


def _ended(engine: Engine, status: Status) -> Ended:
    state = engine.state
    confirmations = engine.parts.archive.confirmations(engine.parts.run)
    best = engine.settings.objective.best(state.standings.all())
    winner = confirmations[-1].winner if confirmations else best.candidate if best else None
    figures: dict[str, float] = {}
    if confirmations:
        one = confirmations[-1]
        shown = {"test_score": (one.mean, one.interval)}
        shown["gain"] = (one.difference, one.difference_interval)
        for control in one.controls:
            if (tested := control.tested) is not None:
                difference = (tested.difference, tested.difference_interval)
                shown[f"gain_over_{control.kind}_control"] = difference
        for name, (mean, (low, high)) in shown.items():
            figures |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    system = "" if winner is None else write_system(state.candidates[winner].config)
    return Ended(status, figures, system)


def flat(settings: "RunSettings") -> dict[str, str]:
    """The settings that differ from their defaults, by key path."""
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
