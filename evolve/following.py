"""Keeps trackers apart from the search they follow: none of them can stop it or slow it down.

Each has a thread of its own and is told at most once a second how the run stands; one that is still
busy then is not told. One that raises is told nothing more, and a person is told once.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from archive.records import Run, Status
from evolve.engine import Engine
from evolve.executors.base import Executor
from evolve.models.base import Models
from evolve.secrets import without_secrets
from evolve.trackers.base import Ended, Following, Tracker
from search_spaces.yaml_text import write_system

if TYPE_CHECKING:
    from evolve.settings import RunSettings

T = TypeVar("T")

EVERY_S = 1.0
"""Seconds between two times that a tracker is told how a run stands."""

PATIENCE_S = 60.0
"""Seconds that a run that has ended waits for its trackers, all together."""


class Followers:
    """The trackers of a run."""

    def __init__(self, trackers: Sequence[Tracker], run: Run, settings: "RunSettings") -> None:
        """Calls them together, within the run's event loop.

        Args:
            trackers: Who they are.
            run: Whom to follow.
            settings: What it was told.
        """
        self._followers = [
            _Follower(tracker.plugin_name(), partial(tracker.follow, run, settings))
            for tracker in trackers
        ]
        self._told_at = 0.0

    def models(self, models: Models) -> Models:
        """The run's models, watched by whoever wants to."""
        for follower in self._followers:
            models = follower.between(models, lambda each, models: each.models(models))
        return models

    def executor(self, executor: Executor) -> Executor:
        """The run's executor, watched by whoever wants to."""
        for follower in self._followers:
            executor = follower.between(executor, lambda each, executor: each.executor(executor))
        return executor

    @contextmanager
    def following(self, engine: Engine) -> Iterator[None]:
        """Tells them of a running engine for as long as the context lasts."""
        before = engine.on_change

        def tell() -> None:
            before()
            if time.monotonic() - self._told_at >= EVERY_S:
                self._told_at = time.monotonic()
                self._tell(engine)

        if self._followers:
            engine.on_change = tell
            for follower in self._followers:
                follower.start()
        yield

    def _tell(self, engine: Engine) -> None:
        results, figures = engine.state.taken, _figures(engine)
        for follower in self._followers:
            if not follower.busy:
                follower.tell(lambda following: following.progress(results, figures))

    def end(self, engine: Engine, status: Status) -> None:
        """Tells them how the run ended, and waits for them a little."""
        if not self._followers:
            return
        results, figures, ended = engine.state.taken, _figures(engine), _ended(engine, status)
        until = time.monotonic() + PATIENCE_S
        for follower in self._followers:
            follower.tell(lambda following: following.progress(results, figures))
            follower.tell(lambda following: following.end(ended))
        for follower in self._followers:
            follower.finish(until - time.monotonic())


class _Follower:
    """One tracker, and the thread that tells it."""

    def __init__(self, name: str, follow: Callable[[], Following]) -> None:
        self._name = name
        self._following: Following | None = None
        self._errands: SimpleQueue[Callable[[Following], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=f"tracker {name}", daemon=True)
        try:
            self._following = follow()
        except Exception as error:  # noqa: BLE001 - a tracker may fail in any way
            self._give_up(error)

    @property
    def busy(self) -> bool:
        """Whether it has not yet been told what it was to be told."""
        return not self._errands.empty()

    def between(self, thing: T, watched: Callable[[Following, T], T]) -> T:
        if self._following is None:
            return thing
        try:
            return watched(self._following, thing)
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up(error)
            return thing

    def start(self) -> None:
        self.tell(lambda following: following.begin())
        self._thread.start()

    def tell(self, errand: Callable[[Following], None]) -> None:
        self._errands.put(errand)

    def finish(self, patience_s: float) -> None:
        self._errands.put(None)
        self._thread.join(max(patience_s, 0.0))
        if self._thread.is_alive():
            self._give_up(TimeoutError(f"it is not done within {PATIENCE_S:g} s"))

    def _work(self) -> None:
        while (errand := self._errands.get()) is not None:
            following = self._following
            try:
                if following is not None:
                    errand(following)
            except BaseException as error:  # noqa: BLE001 - also what libraries exit with
                self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self._following = None
        told = " ".join(without_secrets(str(error), os.environ).split()) or type(error).__name__
        sys.stderr.write(f"evolve: the tracker {self._name} is given up: {told:.300}\n")


def _figures(engine: Engine) -> dict[str, float]:
    """How a run stands; what is unknown is left out."""
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
        figures |= {"usd_per_task": best.usd}
    return {name: float(value) for name, value in figures.items() if value is not None}


def _ended(engine: Engine, status: Status) -> Ended:
    state = engine.state
    confirmations = engine.parts.archive.confirmations(engine.parts.run)
    best = engine.settings.objective.best(state.standings.all())
    winner = confirmations[-1].winner if confirmations else best.candidate if best else None
    figures: dict[str, float] = {}
    if confirmations:
        one = confirmations[-1]
        told = {"test_score": (one.mean, one.interval)}
        told["gain"] = (one.difference, one.difference_interval)
        for name, (mean, (low, high)) in told.items():
            figures |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    system = "" if winner is None else write_system(state.candidates[winner].config)
    return Ended(status, figures, system)
