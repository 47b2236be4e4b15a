"""Confidence sequences of a mean of bounded values: intervals that hold at every stopping time.

A hypothetical mean m is tested by betting against it. A bet of the fraction c of the capital on
values above m multiplies the capital by

    1 + c (x_t / m_t - 1),    0 < c < 1,

where x_t is the next value, 0 to 1, and m_t its expectation if the mean is m: m itself for
independent values; (N m - x_1 - … - x_{t-1}) / (N - t + 1) for values drawn without replacement
from a population of N. If the mean is at most m, the capital is a non-negative supermartingale that
starts at 1, so by Ville's inequality it ever reaches 1/a with probability a at most. Every m at
which the capital has reached 1/a lies below the lower bound, whose error over all times together is
thus at most a. The capital falls as m grows, so bisection finds the bound. The upper bound is that
of the mirrored values.

The capital is split over fixed fractions c: the "grid Kelly" bets of Waudby-Smith & Ramdas,
"Estimating means of bounded random variables by betting", Journal of the Royal Statistical Society
B 86 (2024). Its section on sampling without replacement, and their "Confidence sequences for
sampling without replacement" (NeurIPS 2020), have the m_t of a finite population. Such an interval
has no width once the whole population is observed.
"""

from collections.abc import Sequence
from math import inf, log
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

ALPHA = 0.05
"""The error probability of a two-sided interval, half of it on each side."""

STAKES = 24
"""Fractions that the capital is split over."""

TOLERANCE = 1e-9
"""What rounding may change in a sum of values."""

HALVINGS = 45
"""Bisections of a bound: more than a float64 resolves at the scale of scores."""


def threshold(alpha: float = ALPHA) -> float:
    """The logarithm of the capital that excludes a mean on one side of a two-sided interval."""
    return log(2.0 / alpha)


def stakes() -> Floats:
    """The fractions of the capital that are bet, denser near 0, where small effects need them."""
    fractions: Floats = (np.arange(1, STAKES + 1) / (STAKES + 1)) ** 1.5
    return fractions


def log_mean_exp(logs: Floats) -> Floats:
    """The logarithm of the mean of exponentials along the last axis."""
    most = logs.max(axis=-1, keepdims=True)
    means: Floats = most[..., 0] + np.log(np.exp(logs - most).mean(axis=-1))
    return means


def log_growth(values: Floats, expected: Floats) -> Floats:
    """How one bet changes the logarithms of the capital, with an axis of stakes added.

    Args:
        values: Values from 0 to 1.
        expected: Their expectations if the hypothetical mean holds.
    """
    ratio = values / np.clip(expected, 1e-12, 1.0)
    growth: Floats = np.log1p((ratio - 1.0)[..., None] * stakes())
    return growth


def interval(
    differences: Sequence[float], population: int | None = None, alpha: float = ALPHA
) -> tuple[float, float]:
    """The two-sided confidence sequence of a mean difference, at its latest time.

    It is the intersection of the intervals at all times so far, so it only narrows.

    Args:
        differences: Paired differences from -1 to 1, in the order of observation.
        population: The size of the finite population that they are drawn from without replacement;
            None: they are independent.
        alpha: The error probability over all times together.
    """
    values = (np.asarray(differences, dtype=np.float64) + 1.0) / 2.0
    if not len(values):
        return -1.0, 1.0
    low = _lower_bound(values, population, threshold(alpha))
    high = 1.0 - _lower_bound(1.0 - values, population, threshold(alpha))
    return 2.0 * low - 1.0, 2.0 * high - 1.0


def _lower_bound(values: Floats, population: int | None, needed: float) -> float:
    """The highest mean against which the capital has reached the threshold."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if _most_capital(values, middle, population) >= needed:
            low = middle
        else:
            high = middle
    return low


def _most_capital(values: Floats, mean: float, population: int | None) -> float:
    """The logarithm of the highest capital of bets on values above a mean."""
    sums = np.cumsum(values)
    expected = np.full_like(values, mean)
    if population is not None:
        if (population * mean - sums < -TOLERANCE).any():
            return inf
        left = population - np.arange(len(values))
        expected = (population * mean - (sums - values)) / left
    paths = np.cumsum(log_growth(values, expected), axis=0)
    return max(0.0, float(log_mean_exp(paths).max()))


class Capital:
    """The capital of bets that a mean is above a hypothetical one, updated value by value.

    It may hold several independent sequences, one for each place of an array of any shape.

    Attributes:
        log: The logarithm of the present capital.
        log_most: The logarithm of the highest capital so far, at least 0.
    """

    def __init__(
        self, mean: float | Floats, population: int | None = None, shape: tuple[int, ...] = ()
    ) -> None:
        """Starts with a capital of 1.

        Args:
            mean: The hypothetical mean, 0 to 1; of all sequences, or of each.
            population: The size of the population that values are drawn from without replacement;
                None: they are independent.
            shape: The shape of the sequences.
        """
        self.log = np.zeros(shape)
        self.log_most = np.zeros(shape)
        self._mean = mean
        self._population = population
        self._sum = np.zeros(shape)
        self._number = 0
        self._paths = np.zeros((*shape, STAKES))
        self._squares = np.zeros((*shape, STAKES))

    def observe(self, values: Floats) -> None:
        """Settles the bets on the next value of each sequence.

        Args:
            values: Values from 0 to 1, in the shape of the sequences.
        """
        growth = log_growth(values, self._expected())
        self._paths += growth
        self._squares += growth**2
        self._sum = self._sum + values
        self._number += 1
        self.log = log_mean_exp(self._paths)
        if self._population is not None:
            impossible = self._population * self._mean - self._sum < -TOLERANCE
            self.log = np.where(impossible, inf, self.log)
        self.log_most = np.maximum(self.log_most, self.log)

    def projected(self, further: int, deviations: float) -> Floats:
        """The logarithm of the capital after further values, at an upper quantile.

        Each stake's growth is extrapolated as a sum of independent terms with the mean and variance
        of the terms so far. To the variance, a value of 0 and one of 1 are added, so that a few
        equal values do not count as certainty.

        Args:
            further: The number of further values.
            deviations: The quantile of the projection, in standard deviations.
        """
        number = max(1, self._number)
        mean = self._paths / number
        extremes = sum(
            log_growth(np.full_like(self._sum, value), self._expected()) ** 2
            for value in (0.0, 1.0)
        )
        variance = np.maximum(0.0, (self._squares + extremes) / number - mean**2)
        spread = np.sqrt(variance * (further + further**2 / number))
        return log_mean_exp(self._paths + further * mean + deviations * spread)

    def _expected(self) -> Floats:
        """The expectation of the next value if the hypothetical mean holds."""
        if self._population is None or self._number >= self._population:
            return np.full_like(self._sum, self._mean)
        left = self._population - self._number
        expected: Floats = (self._population * self._mean - self._sum) / left
        return expected
