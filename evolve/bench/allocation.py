"""How soon does an allocator find a system within a point of the best? Replayed, not bought.

The figure is the smallest budget, in evaluations, from which on every larger budget has the pick
within ``target`` points of the best system in at least 90 % of the repetitions. A repetition puts
systems and tasks in another order. Stopping rules are off for it; what an allocator's own rule
would have done is noted on the way. A fixed-budget method is run anew for every budget.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from evolve.allocators.base import Allocator
from evolve.bench.matrix import Matrix
from evolve.bench.replay import Look, replay, shuffle
from evolve.bench.reveal import reveal
from evolve.standings import Floats

LEVEL = 0.9
"""The share of repetitions in which the pick must be good."""

GROWTH = 1.1
"""The ratio of one budget to the next, where every budget needs a run of its own."""

POINTS = 500
"""Budgets at which an interval is computed, each a little larger than the one before."""

RESAMPLES = 1_000
"""Bootstrap resamples of an interval."""


R = TypeVar("R")


class Job(NamedTuple):
    """One repetition to replay."""

    matrix: Matrix
    allocator: Allocator
    seed: int
    horizon: int
    target: float
    gradual: bool = False


class Seen(NamedTuple):
    """One repetition: whether the pick was good from each number of evaluations on.

    ``evaluations``, ``spend``, ``good`` and ``regret`` have one entry per look; ``stopped_at`` is
    the look at which the allocator's own rule stopped, −1 if it never did.
    """

    evaluations: NDArray[np.int64]
    spend: Floats
    good: NDArray[np.bool_]
    regret: Floats
    stopped_at: int


class Curve(NamedTuple):
    """Success against budget; ``good`` has shape (repetitions, budgets)."""

    budgets: Floats
    good: NDArray[np.bool_]

    @property
    def success(self) -> Floats:
        """The share of repetitions with a good pick, shape (budgets,)."""
        share: Floats = self.good.mean(axis=0)
        return share

    def reached(self, rows: NDArray[np.int64] | None = None) -> float | None:
        """The smallest budget from which on success is at least `LEVEL`; None if it never is."""
        success = self.success if rows is None else self.good[rows].mean(axis=0)
        short = np.flatnonzero(success < LEVEL)
        first = int(short[-1]) + 1 if len(short) else 0
        return float(self.budgets[first]) if first < len(self.budgets) else None

    def interval(self, seed: int) -> tuple[float, float | None] | None:
        """The 95 % bootstrap interval of `reached`, repetitions resampled; None above: never."""
        generator, number = np.random.default_rng(seed), len(self.good)
        last = len(self.budgets) - 1
        places = np.unique(np.append(np.geomspace(1, last + 1, POINTS).astype(int) - 1, last))
        thinned = Curve(self.budgets[places], self.good[:, places])
        found = [thinned.reached(generator.integers(number, size=number)) for _ in range(RESAMPLES)]
        ordered = sorted(np.inf if value is None else value for value in found)
        low, high = ordered[int(0.025 * RESAMPLES)], ordered[int(0.975 * RESAMPLES)]
        return None if np.isinf(low) else (low, None if np.isinf(high) else high)


class Outcome(NamedTuple):
    """What one allocator did on one matrix."""

    allocator: Allocator
    matrix: Matrix
    by_evaluations: Curve
    by_spend: Curve
    stops: list[tuple[int, float, bool]]
    seen: list[Seen]


def measure(
    matrix: Matrix,
    allocator: Allocator,
    reps: int,
    target: float,
    seed: int = 0,
    jobs: int = 1,
    horizon: int | None = None,
    gradual: bool = False,
) -> Outcome:
    """Replays a matrix with an allocator.

    Args:
        matrix: What was recorded.
        allocator: Who decides.
        reps: How many repetitions.
        target: How far the pick may be from the best, in points (hundredths of a score).
        seed: Of the repetitions' orders and the allocator's decisions.
        jobs: How many processes.
        horizon: The largest budget; that of the whole matrix if left out.
        gradual: Whether candidates are revealed one by one.
    """
    trials = allocator.trials
    whole = matrix.costs.size * trials
    horizon = min(horizon or whole, whole)
    work = [
        Job(matrix, allocator, seed * 1_000_003 + number, horizon, target / 100, gradual)
        for number in range(reps)
    ]
    if hasattr(allocator, "budget") and not gradual:
        seen = _over_budgets(work, jobs)
    else:
        seen = _each(_repetition, work, jobs)
    budgets = np.arange(horizon + 1)
    spends = _spends(seen)
    stops = [
        (int(one.evaluations[one.stopped_at]), float(one.spend[one.stopped_at]),
         bool(one.good[one.stopped_at]))
        for one in seen if one.stopped_at >= 0
    ]  # fmt: skip
    return Outcome(
        allocator,
        matrix,
        Curve(budgets.astype(np.float64), _at(seen, "evaluations", budgets)),
        Curve(spends, _at(seen, "spend", spends)),
        stops,
        seen,
    )


def _repetition(job: Job) -> Seen:
    """Replays with the stopping rule off, and notes where it would have stopped."""
    shuffled = shuffle(job.matrix, job.seed)
    play = reveal if job.gradual else replay
    played = play(job.allocator, shuffled, job.seed, job.horizon)
    return _judged(played.looks, shuffled.truth, job.target, played.stopped_at)


def _budget(job: Job) -> Look:
    shuffled = shuffle(job.matrix, job.seed)
    played = replay(job.allocator, shuffled, job.seed, job.horizon)
    last = played.looks[-1]
    regret = float(shuffled.truth.max() - shuffled.truth[last.pick])
    return last._replace(pick=round(regret * 1e9))


def _over_budgets(work: Sequence[Job], jobs: int) -> list[Seen]:
    """One run for every budget and repetition."""
    systems, horizon = len(work[0].matrix.outcomes), work[0].horizon
    steps = int(np.log(max(horizon / systems, 1.0)) / np.log(GROWTH))
    budgets = sorted({*(systems * GROWTH ** np.arange(steps + 1)).astype(int).tolist(), horizon})
    runs = [
        job._replace(
            horizon=min(budget, horizon),
            allocator=job.allocator.model_copy(update={"budget": budget}),
        )
        for job in work
        for budget in budgets
    ]
    ends = _each(_budget, runs, jobs)
    seen = []
    for number, job in enumerate(work):
        mine = ends[number * len(budgets) : (number + 1) * len(budgets)]
        regret = np.array([1.0, *(end.pick / 1e9 for end in mine)])
        spend = np.maximum.accumulate([0.0, *(end.spend for end in mine)])
        at = np.array([0, *budgets])
        seen.append(Seen(at, spend, regret <= job.target + 1e-9, regret, -1))
    return seen


def _judged(looks: Sequence[Look], truth: Floats, target: float, stopped_at: int) -> Seen:
    regret = truth.max() - truth[[look.pick for look in looks]]
    return Seen(
        np.array([look.evaluations for look in looks]),
        np.array([look.spend for look in looks]),
        regret <= target + 1e-9,
        regret,
        stopped_at,
    )


def _at(seen: Sequence[Seen], axis: str, budgets: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether the pick was good at each budget, shape (repetitions, budgets)."""
    rows = []
    for one in seen:
        place = np.searchsorted(getattr(one, axis), budgets, side="right") - 1
        rows.append(one.good[np.maximum(place, 0)] & (place >= 0))
    return np.array(rows)


def _spends(seen: Sequence[Seen], number: int = 2_000) -> Floats:
    """Budgets of money, each a little larger than the one before."""
    most = max(float(one.spend[-1]) for one in seen)
    least = min((float(one.spend[1]) for one in seen if len(one.spend) > 1), default=most)
    return np.geomspace(max(least, 1e-12), max(most, least, 1e-12), number)


def regret_at(seen: Sequence[Seen], spends: Floats) -> Floats:
    """The mean simple regret at each spend, shape (spends,)."""
    rows = [
        one.regret[np.maximum(np.searchsorted(one.spend, spends, side="right") - 1, 0)]
        for one in seen
    ]
    means: Floats = np.mean(rows, axis=0)
    return means


def _each(work: Callable[[Job], R], jobs: Sequence[Job], processes: int) -> list[R]:
    if processes <= 1 or len(jobs) < 2:
        return [work(job) for job in jobs]
    with _single_threaded():
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
        with pool:
            return list(pool.map(work, jobs, chunksize=max(1, len(jobs) // (processes * 8))))


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Processes started here use one thread each for linear algebra."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
