"""The smallest difference between two systems that sealed tasks can show, and what others need.

For paired t tests of which m are made at once, each at 5 %/m on two sides, with a power of 80 %:
δ = (t₁ + t₂) σ / √n, with the quantiles 1 − .025/m and .8 of Student's t with n − 1 degrees of
freedom (Machin, Campbell, Tan & Tan, "Sample sizes for clinical, laboratory and epidemiology
studies", 2018, section 8.2). It is the mean difference at which eight of ten tests succeed.
"""

from math import ceil, sqrt

from pydantic import Field

from evolve.audit.noise import Noise
from search_spaces.frozen import Frozen

POWER = 0.8
ALIKE = 0.5
"""How alike two systems' scores on a task are, in the middle of what was measured."""

WANTED = (0.02, 0.05, 0.10)
"""Differences that people ask for."""

TRIALS = (1, 3)
"""Evaluations of a task by each system."""


class Needed(Frozen):
    """The tasks that show a difference."""

    difference: float
    trials: int = Field(description="Evaluations of each task by each system.")
    tasks: int


class Power(Frozen):
    """What the sealed tasks of a run can show."""

    tasks: int = Field(description="Sealed tasks that a winner is confirmed on.")
    comparisons: int = Field(description="Comparisons that are to hold together.")
    smallest: float = Field(description="The smallest difference that they show.")
    smallest_repeated: float = Field(description="The same with three trials a task.")
    needed: tuple[Needed, ...]


def power_of(noise: Noise, score: float, tasks: int, comparisons: int) -> Power:
    """What sealed tasks can show.

    Args:
        noise: The noise of the audited system.
        score: Its mean score.
        tasks: The number of sealed tasks, at least two.
        comparisons: The number of comparisons that are to hold together.
    """
    deviations = {trials: deviation(noise, score, trials) for trials in TRIALS}
    once, repeated = (smallest(tasks, deviations[trials], comparisons) for trials in TRIALS)
    return Power(
        tasks=tasks,
        comparisons=comparisons,
        smallest=once,
        smallest_repeated=repeated,
        needed=tuple(
            Needed(
                difference=difference,
                trials=trials,
                tasks=tasks_for(difference, deviations[trials], comparisons),
            )
            for difference in WANTED
            for trials in TRIALS
        ),
    )


def deviation(noise: Noise, score: float, trials: int) -> float:
    """The standard deviation of a paired difference of two systems on one task.

    Both are taken to be as noisy as the audited one, and as alike as two systems are in the middle
    of what was measured, or as repetitions of one system are if these are less alike. Averaging
    over trials takes away from the noise alone.

    Args:
        noise: The noise of the audited system.
        score: Its mean score; it stands in for the variance where all scores are equal.
        trials: Evaluations of each task by each system.
    """
    total, within, icc = noise.variance, noise.within, noise.icc
    if icc is None:
        known = (score * noise.tasks + 1) / (noise.tasks + 2)  # Laplace's rule of succession
        total, within, icc = known * (1 - known), 0.0, 1.0
    return sqrt(2 * (total - within + within / trials - min(ALIKE, icc) * total))


def smallest(tasks: int, spread: float, comparisons: int) -> float:
    """The smallest mean difference that so many tasks show.

    Args:
        tasks: The number of tasks, at least two.
        spread: The standard deviation of a paired difference.
        comparisons: The number of comparisons that are to hold together.
    """
    from scipy.special import stdtrit

    quantiles = (1 - 0.025 / comparisons, POWER)
    reach = sum(float(stdtrit(tasks - 1, quantile)) for quantile in quantiles)
    return reach * spread / sqrt(tasks)


def tasks_for(difference: float, spread: float, comparisons: int) -> int:
    """The number of tasks that show a mean difference; see `smallest`."""
    low, high = 2, 4
    while smallest(high, spread, comparisons) > difference:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if smallest(middle, spread, comparisons) > difference:
            low = middle + 1
        else:
            high = middle
    return ceil(low)
