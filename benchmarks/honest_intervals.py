"""Coverage and bias of reported intervals, on recorded outcomes with known truth.

    python -m benchmarks.honest_intervals --matrix bridge_gdpval.npz --budget 327 --reps 300

Each repetition selects on a random half of the tasks with the default allocator, then scores the
winner on the other half. The naive rule spends the same evaluations evenly, and reports the best
mean. Truth is the mean over the whole matrix; biases are in points.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.allocators.value import Value
from evolve.evidence.intervals import mean_interval
from evolve.lab.bench.matrix import Matrix, load
from evolve.lab.bench.replay import Shuffled, replay, shuffle

RESAMPLES = 1_000


class Measured(NamedTuple):
    """One repetition."""

    covered: bool
    width: float
    bootstrap_width: float
    bias: float
    posterior_bias: float
    naive_bias: float


def bootstrap_width(scores: NDArray[np.float64], generator: np.random.Generator) -> float:
    """The width of the percentile interval of a mean."""
    means = generator.choice(scores, (RESAMPLES, len(scores))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(high - low)


def naive_bias(shuffled: Shuffled, budget: int) -> float:
    """The bias of the best mean of evenly spent evaluations."""
    systems, tasks = shuffled.matrix.outcomes.shape[:2]
    means = shuffled.matrix.outcomes[:, : max(1, min(tasks, budget // systems)), 0].mean(axis=1)
    best = int(np.argmax(means))
    return float(means[best] - shuffled.truth[best])


def measure(matrix: Matrix, budget: int, seed: int) -> Measured:
    """Selects on one half of the tasks, and measures on the other."""
    shuffled = shuffle(matrix, seed, tasks=matrix.outcomes.shape[1] // 2)
    replayed = replay(Value(stops=False), shuffled, seed, budget)
    pick, generator = replayed.looks[-1].pick, np.random.default_rng([seed, 2])
    truth, fresh = float(shuffled.truth[pick]), shuffled.rest[pick].mean(axis=1)
    low, high = mean_interval(fresh.tolist())
    return Measured(
        covered=low <= truth <= high,
        width=high - low,
        bootstrap_width=bootstrap_width(fresh, generator),
        bias=float(fresh.mean()) - truth,
        posterior_bias=float(replayed.standings.mean[pick]) - truth,
        naive_bias=naive_bias(shuffled, budget),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.honest_intervals",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--matrix", type=Path, required=True)
    parser.add_argument("--without", action="append", default=[], help="a system to leave out")
    parser.add_argument("--budget", type=int, required=True, help="evaluations of a repetition")
    parser.add_argument("--reps", type=int, default=300)
    chosen = parser.parse_args()
    matrix = load(chosen.matrix, tuple(chosen.without))
    rows = [measure(matrix, chosen.budget, seed) for seed in range(chosen.reps)]
    means = Measured(*np.mean(rows, axis=0).tolist())
    print(
        f"{matrix.name}, {chosen.budget} evaluations, {chosen.reps} repetitions: "
        f"covered {means.covered:.3f}; width {means.width / means.bootstrap_width:.3f} of the "
        f"bootstrap's; biased by {100 * means.bias:+.1f} points (fresh tasks), "
        f"{100 * means.posterior_bias:+.1f} (posterior mean), "
        f"{100 * means.naive_bias:+.1f} (best mean)"
    )


if __name__ == "__main__":
    main()
