"""The time of decisions per evaluation: `python -m benchmarks.deciding [candidates tasks …]`.

A run of the default allocator with results one by one, 16 in flight, on simulated outcomes. Times
are those of the process, for decisions and updates of standings together.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from random import Random

import numpy as np

from evolve.allocators.base import Evaluate, InFlight
from evolve.allocators.value import Value
from evolve.standings import Standings

SLOTS = 16


def simulated(candidates: int, tasks: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    ability, difficulty = generator.normal(size=candidates), 1.5 * generator.normal(size=tasks)
    chance = 1.0 / (1.0 + np.exp(difficulty[None, :] - ability[:, None]))
    return (generator.random((candidates, tasks)) < chance).astype(float)


def measure(candidates: int, tasks: int, evaluations: int, frozen: int = 0) -> list[float]:
    """Milliseconds per evaluation in each tenth of a run.

    Args:
        candidates: The number of candidates at the start.
        tasks: The number of tasks.
        evaluations: The number of evaluations to buy.
        frozen: Further candidates, each evaluated on two tasks, and far from the best.
    """
    scores = simulated(candidates, tasks)
    standings, allocator = Standings(tasks), Value(stops=False)
    for _ in range(candidates + frozen):
        standings.add()
    standings.observe_all((candidates + n, t, 0.0, None) for n in range(frozen) for t in (0, 1))
    open_: list[tuple[int, int]] = []
    taken, began, tenths = 0, time.process_time(), []
    while taken < evaluations:
        choices = allocator.next(
            standings, InFlight(set(open_), 0), False, SLOTS - len(open_), Random(taken)
        )
        open_ += [(c.candidate, c.task) for c in choices if isinstance(c, Evaluate)]
        candidate, task = open_.pop(0)
        standings.observe(candidate, task, float(scores[candidate % candidates, task]))
        taken += 1
        if taken % (evaluations // 10) == 0:
            now = time.process_time()
            tenths.append(1e3 * (now - began) / (evaluations // 10))
            began = now
    return tenths


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or [100, 500, 1_000, 2_000]
    for candidates, tasks in zip(sizes[::2], sizes[1::2], strict=True):
        tenths = measure(candidates, tasks, 10 * candidates)
        shown = " ".join(f"{value:.2f}" for value in tenths)
        print(f"{candidates} × {tasks}: {np.mean(tenths):.3f} ms per evaluation; tenths {shown}")


if __name__ == "__main__":
    main()
