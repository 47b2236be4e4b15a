"""95 % intervals of means, for scores that are shown to people."""

from collections.abc import Sequence
from math import fsum, sqrt


def mean_interval(scores: Sequence[float]) -> tuple[float, float]:
    """The interval of a mean score, within 0 and 1.

    Args:
        scores: At least two scores, 0 to 1.
    """
    low, high = difference_interval(scores)
    return max(0.0, low), min(1.0, high)


def difference_interval(differences: Sequence[float]) -> tuple[float, float]:
    """Student's t interval of a mean, such as that of paired differences.

    Equal values say nothing of how far others may lie, so theirs is the rule of three: an event
    that was not seen in n trials may have a probability of up to 3/n (Hanley & Lippman-Hand, "If
    nothing goes wrong, is everything all right?", 1983).

    Args:
        differences: At least two values.
    """
    from scipy.special import stdtrit

    number = len(differences)
    mean = fsum(differences) / number
    squares = fsum((each - mean) ** 2 for each in differences)
    error = sqrt(squares / (number - 1) / number)
    reach = float(stdtrit(number - 1, 0.975)) * error if error else 3.0 / number
    return mean - reach, mean + reach
