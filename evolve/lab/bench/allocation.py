"""Replays: the number of evaluations until an allocator finds a system close to the best.

The figure is the smallest budget, in evaluations, from which on every larger budget has the pick
within ``target`` points of the best system in at least 90 % of the repetitions. A repetition puts
systems and tasks in another order. Stopping rules are off for it; what an allocator's own rule
would have done is recorded on the way. A fixed-budget method is run anew for every budget.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Annotated, NamedTuple, TypeVar

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from evolve.allocators.base import ALLOCATORS, Allocator
from evolve.lab.bench.log import Job, Log, Seen
from evolve.lab.bench.matrix import Matrix, MatrixError
from evolve.lab.bench.replay import replay, shuffle
from evolve.lab.bench.reveal import reveal
from evolve.standings import Floats
from evolve.standings.one_thread import one_thread
from search_spaces.errors import explain

LEVEL = 0.9
"""The share of repetitions in which the pick must be good."""

GROWTH = 1.1
"""The ratio of one budget to the next, where every budget needs a run of its own."""

POINTS = 500
"""Budgets at which an interval is computed, each a little larger than the one before."""

RESAMPLES = 1_000
"""Bootstrap resamples of an interval."""


R = TypeVar("R")


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
    """The results of one allocator on one matrix."""

    allocator: Allocator
    matrix: Matrix
    by_evaluations: Curve
    by_spend: Curve
    stops: list[tuple[int, float, bool]]
    seen: list[Seen]


def allocators(text: str) -> list[Allocator]:
    """The allocators of an option's text.

    Args:
        text: ``all``, names with commas between them, or a list as a run file writes it, such as
            ``[value, {racing: {z: 2}}]``.

    Raises:
        ConfigError: There is no such allocator.
        MatrixError: It cannot be read.
    """
    if text == "all":
        return [ALLOCATORS.find(name)() for name in ALLOCATORS.names()]
    if "{" not in text:
        return [ALLOCATORS.find(name.strip(" []"))() for name in text.split(",")]
    kind = TypeAdapter(list[Annotated[Allocator, ALLOCATORS]])
    try:
        return kind.validate_python(yaml.safe_load(f"[{text.strip().strip('[]')}]"))
    except yaml.YAMLError:
        raise MatrixError(
            f"--allocator {text}: expected names, or [name, {{name: {{option: value}}}}]"
        ) from None
    except ValidationError as error:
        raise explain(error, "--allocator") from None


def measure(
    matrix: Matrix,
    allocator: Allocator,
    reps: int,
    target: float,
    seed: int = 0,
    jobs: int = 1,
    horizon: int | None = None,
    gradual: bool = False,
    log: Log | None = None,
) -> Outcome:
    """Replays a matrix with an allocator.

    Args:
        matrix: The recorded outcomes.
        allocator: The allocator under test.
        reps: How many repetitions.
        target: How far the pick may be from the best, in points (hundredths of a score).
        seed: The seed of the repetitions' orders and the allocator's decisions.
        jobs: How many processes.
        horizon: The largest budget; that of the whole matrix if left out.
        gradual: Whether candidates are revealed one by one.
        log: The file of repetitions; those in it are not replayed again.
    """
    whole = matrix.costs.size * allocator.trials
    horizon = min(horizon or whole, whole)
    work = [
        Job(matrix, allocator, seed * 1_000_003 + number, horizon, gradual)
        for number in range(reps)
    ]
    known = log.known(work) if log else {}
    missing = [job for job in work if job.seed not in known]
    for job, seen in zip(missing, _each(_repetition, missing, jobs), strict=True):
        known[job.seed] = seen.thinned()
        if log:
            log.keep(job, known[job.seed])
    return _outcome(matrix, allocator, [known[job.seed] for job in work], target / 100, horizon)


def _outcome(
    matrix: Matrix, allocator: Allocator, seen: list[Seen], target: float, horizon: int
) -> Outcome:
    good = [one.regret <= target + 1e-9 for one in seen]
    budgets, spends = np.arange(horizon + 1), _spends(seen)
    stops = [
        (int(one.evaluations[at]), float(one.spend[at]), bool(right[at]))
        for one, right in zip(seen, good, strict=True)
        if (at := one.stopped_at) >= 0
    ]
    return Outcome(
        allocator,
        matrix,
        Curve(budgets.astype(np.float64), _at([s.evaluations for s in seen], good, budgets)),
        Curve(spends, _at([s.spend for s in seen], good, spends)),
        stops,
        seen,
    )


@one_thread()
def _repetition(job: Job) -> Seen:
    """Replays with the stopping rule off; records where it would have stopped."""
    if hasattr(job.allocator, "budget") and not job.gradual:
        return _over_budgets(job)
    shuffled = shuffle(job.matrix, job.seed)
    play = reveal if job.gradual else replay
    replayed = play(job.allocator, shuffled, job.seed, job.horizon)
    picks = [look.pick for look in replayed.looks]
    return Seen(
        np.array([look.evaluations for look in replayed.looks]),
        np.array([look.spend for look in replayed.looks]),
        shuffled.truth.max() - shuffled.truth[picks],
        replayed.stopped_at,
    )


def _over_budgets(job: Job) -> Seen:
    """One run for every budget."""
    systems, shuffled = len(job.matrix.outcomes), shuffle(job.matrix, job.seed)
    steps = int(np.log(max(job.horizon / systems, 1.0)) / np.log(GROWTH))
    grown = (systems * GROWTH ** np.arange(steps + 1)).astype(int)
    budgets = sorted({*np.minimum(grown, job.horizon).tolist(), job.horizon})
    spend, regret = [0.0], [1.0]
    for budget in budgets:
        allocator = job.allocator.model_copy(update={"budget": budget})
        last = replay(allocator, shuffled, job.seed, budget, at_once=True).looks[-1]
        spend.append(max(spend[-1], last.spend))
        regret.append(float(shuffled.truth.max() - shuffled.truth[last.pick]))
    return Seen(np.array([0, *budgets]), np.array(spend), np.array(regret), -1)


def _at(
    looks: Sequence[NDArray[np.generic]],
    good: Sequence[NDArray[np.bool_]],
    budgets: NDArray[np.generic],
) -> NDArray[np.bool_]:
    """Whether the pick was good at each budget, shape (repetitions, budgets)."""
    rows = []
    for at, right in zip(looks, good, strict=True):
        place = np.searchsorted(at, budgets, side="right") - 1
        rows.append(right[np.maximum(place, 0)] & (place >= 0))
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


def _each(work: Callable[[Job], R], jobs: Sequence[Job], processes: int) -> Iterator[R]:
    """The result of each job, in order."""
    if processes <= 1 or len(jobs) < 2:
        yield from map(work, jobs)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, jobs, chunksize=max(1, len(jobs) // (processes * 32)))
