"""95 % intervals of means, for scores that are shown to people."""

from collections.abc import Sequence

import numpy as np


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """The Student-t interval of a mean, within 0 and 1.

    Args:
        values: At least two scores, 0 to 1.
    """
    low, high = difference_interval(values)
    if low == high:  # equal scores say nothing about their spread: use the rule of three
        reach = 3.0 / len(values)
        low, high = low - reach, high + reach
    return max(0.0, low), min(1.0, high)


def difference_interval(differences: Sequence[float]) -> tuple[float, float]:
    """The Student-t interval of a mean of paired differences.

    Args:
        differences: At least two differences, −1 to 1.
    """
    from scipy.special import stdtrit

    mean = float(np.mean(differences))
    error = float(np.std(differences, ddof=1)) / len(differences) ** 0.5
    reach = float(stdtrit(len(differences) - 1, 0.975)) * error
    return mean - reach, mean + reach
