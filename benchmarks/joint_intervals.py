"""Joint coverage of the differences of a confirmation: `python -m benchmarks.joint_intervals`.

A winner, a seed and controls answer the same tasks. Their scores depend on each other by the tasks'
difficulty, and the controls resemble the seed. Counted is how often all differences between the
winner and the others lie within their intervals; and how often 95 % intervals of their own would.
"""

import argparse
from math import exp
from random import Random
from typing import NamedTuple

from evolve.evidence.intervals import difference_interval

DIFFICULTY = 1.3
"""The deviation of the tasks' difficulties, in log-odds."""


class Coverage(NamedTuple):
    """The shares of confirmations whose intervals all hold, jointly or one by one."""

    joint: float
    alone: float


def chance(ability: float, difficulty: float) -> float:
    return 1 / (1 + exp(difficulty - ability))


def coverage(rng: Random, tasks: int, controls: int, times: int) -> Coverage:
    """The coverage over simulated confirmations.

    Args:
        rng: Its source of randomness.
        tasks: The number of sealed tasks.
        controls: The number of controls.
        times: The number of confirmations.
    """
    held, alone = 0, 0
    for _ in range(times):
        winner = rng.gauss(0.5, 1.0)
        others = [winner - rng.choice([0.0, 0.5, 1.0]) for _ in range(1 + controls)]
        truths = [true_difference(winner, other) for other in others]
        scores = drawn([winner, *others], rng, tasks)
        differences = [[a - b for a, b in zip(scores[0], one, strict=True)] for one in scores[1:]]
        held += all_hold(truths, differences, of=len(others))
        alone += all_hold(truths, differences, of=1)
    return Coverage(held / times, alone / times)


def drawn(abilities: list[float], rng: Random, tasks: int) -> list[list[float]]:
    difficulties = [rng.gauss(0.0, DIFFICULTY) for _ in range(tasks)]
    return [
        [float(rng.random() < chance(ability, each)) for each in difficulties]
        for ability in abilities
    ]


def true_difference(ours: float, theirs: float, steps: int = 200) -> float:
    """The expected difference over the distribution of tasks."""
    points = [(place + 0.5) / steps * 12 - 6 for place in range(steps)]
    weights = [exp(-(point**2) / 2) for point in points]
    differences = [
        chance(ours, DIFFICULTY * point) - chance(theirs, DIFFICULTY * point) for point in points
    ]
    return sum(w * d for w, d in zip(weights, differences, strict=True)) / sum(weights)


def all_hold(truths: list[float], differences: list[list[float]], of: int) -> bool:
    intervals = (difference_interval(each, of) for each in differences)
    return all(low <= truth <= high for truth, (low, high) in zip(truths, intervals, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.joint_intervals",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=4_000)
    parser.add_argument("--tasks", type=int, nargs="+", default=[20, 40, 100, 300])
    chosen = parser.parse_args()
    for tasks in chosen.tasks:
        for controls in (0, 1, 2):
            found = coverage(Random(f"{tasks}/{controls}"), tasks, controls, chosen.times)
            print(
                f"{tasks} tasks, {controls} controls: all hold in {found.joint:.3f}; "
                f"of intervals of their own in {found.alone:.3f}"
            )


if __name__ == "__main__":
    main()
