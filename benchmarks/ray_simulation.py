"""Simulation of a thousand workers: `python -m benchmarks.ray_simulation`.

A discrete-event simulation of one driver and many workers. Every evaluation takes a log-normal
time; the driver takes all waiting results, writes them as one group and makes the next decisions,
which takes a time for the group and a time for each result; see `benchmarks.ray_costs`. For each
number of evaluations in flight it prints the share of time in which a worker's slot had work, how
long a result waited for the decision that follows it, and how many results a second there were.
"""

import argparse
import json
import math
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

SIGMA = 0.85
"""The σ of the logarithm of an evaluation's seconds, as in `benchmarks.slow_model`."""


def simulate(
    slots: int, median_s: float, group_s: float, result_s: float, results: int, rng: Random
) -> dict[str, Any]:
    """Simulates a number of evaluations in flight.

    Args:
        slots: The number of evaluations in flight.
        median_s: The median duration of one.
        group_s: The driver's time for a group of results.
        result_s: The driver's time for each result of it.
        results: The number of results after which to stop.
        rng: The source of durations.
    """
    mean = math.log(median_s)
    ends = [rng.lognormvariate(mean, SIGMA) for _ in range(slots)]
    worked, waited = sum(ends), list[float]()
    heapify(ends)
    now, taken = 0.0, 0
    while taken < results:
        now = max(now, ends[0])
        group = []
        while ends and ends[0] <= now:
            group.append(heappop(ends))
        now += group_s + result_s * len(group)
        waited += [now - end for end in group]
        taken += len(group)
        for _ in group:
            took = rng.lognormvariate(mean, SIGMA)
            worked += took
            heappush(ends, now + took)
    worked -= sum(max(0.0, end - now) for end in ends)
    waited.sort()
    return {
        "in_flight": slots,
        "busy": round(worked / (slots * now), 3),
        "median_wait_ms": round(1e3 * waited[len(waited) // 2], 2),
        "p99_wait_ms": round(1e3 * waited[int(0.99 * len(waited))], 2),
        "results_per_s": round(taken / now),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1_000)
    parser.add_argument("--each", type=int, nargs="*", default=[1, 4, 16, 32, 64])
    parser.add_argument("--median-s", type=float, default=10.0)
    parser.add_argument("--group-ms", type=float, default=2.0)
    parser.add_argument("--result-ms", type=float, default=1.1)
    parser.add_argument("--results", type=int, default=400_000)
    arguments = parser.parse_args()
    for each in arguments.each:
        rng = Random(f"benchmarks/ray_simulation/{each}")
        costs = arguments.group_ms / 1e3, arguments.result_ms / 1e3
        figures = simulate(
            arguments.workers * each, arguments.median_s, *costs, arguments.results, rng
        )
        print(json.dumps({"workers": arguments.workers, "each": each, **figures}), flush=True)


if __name__ == "__main__":
    main()
