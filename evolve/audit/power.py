"""The smallest gain that sealed tasks can show, and how many tasks show others.

For paired t tests of which m are made at once, each at 5 %/m on two sides, with a power of 80 %:
δ = (t₁ + t₂) σ / √n, with the quantiles 1 − .025/m and .8 of Student's t with n − 1 degrees of
freedom (Machin, Campbell, Tan & Tan, "Sample sizes for clinical, laboratory and epidemiology
studies", 2018, section 8.2). It is the mean difference at which eight of ten tests succeed.
"""

from math import sqrt

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

HALVINGS = 40
"""Bisections of the smallest gain: far below a thousandth of a point."""


class Needed(Frozen):
    """The tasks that show a difference."""

    difference: float
    trials: int = Field(description="Evaluations of each task by each system.")
    tasks: int


class Power(Frozen):
    """What the sealed tasks of a run can show."""

    tasks: int = Field(description="Sealed tasks that a winner is confirmed on.")
    comparisons: int = Field(description="Comparisons that are to hold together.")
    smallest: float = Field(description="The smallest gain that they show.")
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
    once, repeated = (smallest_gain(noise, score, tasks, trials, comparisons) for trials in TRIALS)
    return Power(
        tasks=tasks,
        comparisons=comparisons,
        smallest=once,
        smallest_repeated=repeated,
        needed=tuple(
            Needed(
                difference=gain,
                trials=trials,
                tasks=tasks_for(gain / deviation(noise, score, gain, trials), comparisons),
            )
            for gain in WANTED
            for trials in TRIALS
        ),
    )


def deviation(noise: Noise, score: float, gain: float, trials: int) -> float:
    """The standard deviation of the paired difference of two systems on one task.

    Both are taken to be as noisy as the audited one, and as alike as two systems are in the middle
    of what was measured, or as repetitions of one system are if these are less alike. The variance
    changes with the mean score as that of a coin, and a gain in scores of 0 and 1 has a variance of
    δ(1 − δ) at least. Averaging over trials takes away from the noise alone.

    Args:
        noise: The noise of the audited system.
        score: Its mean score.
        gain: The difference δ to the better system.
        trials: Evaluations of each task by each system.
    """
    coin, better = score * (1 - score), min(1.0, score + gain)
    icc = 1.0 if noise.icc is None else noise.icc
    spread = noise.variance / coin if coin and noise.icc is not None else 1.0
    variance = spread * (coin + better * (1 - better)) / 2
    kept = icc + (1 - icc) / trials
    least = spread * gain * (1 - gain) * kept
    return sqrt(max(2 * variance * (kept - min(ALIKE, icc)), least))


def smallest_gain(noise: Noise, score: float, tasks: int, trials: int, comparisons: int) -> float:
    """The smallest gain that so many tasks show; see `power_of`."""
    times = reach(tasks, comparisons)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle < times * deviation(noise, score, middle, trials):
            low = middle
        else:
            high = middle
    return high


def reach(tasks: int, comparisons: int) -> float:
    """The smallest effect that so many tasks show: a mean difference in standard deviations.

    Args:
        tasks: The number of tasks, at least two.
        comparisons: The number of comparisons that are to hold together.
    """
    from scipy.special import stdtrit

    quantiles = (1 - 0.025 / comparisons, POWER)
    return sum(float(stdtrit(tasks - 1, quantile)) for quantile in quantiles) / sqrt(tasks)


def tasks_for(effect: float, comparisons: int) -> int:
    """The number of tasks that show an effect; see `reach`."""
    low, high = 2, 4
    while reach(high, comparisons) > effect:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if reach(middle, comparisons) > effect:
            low = middle + 1
        else:
            high = middle
    return low
