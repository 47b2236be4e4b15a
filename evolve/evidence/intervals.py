"""95 % intervals of mean scores and mean differences."""

from collections.abc import Sequence
from math import fsum, log, sqrt


def mean_interval(scores: Sequence[float]) -> tuple[float, float]:
    """The interval of a mean score, within 0 and 1.

    Args:
        scores: At least two scores, 0 to 1.
    """
    low, high = difference_interval(scores)
    return max(0.0, low), min(1.0, high)


def difference_interval(differences: Sequence[float], of: int = 1) -> tuple[float, float]:
    """Student's t interval of a mean, such as that of paired differences.

    Of several intervals, each one misses with at most 5 % divided by their number, so that all hold
    together with at least 95 %, however they depend on each other (the Bonferroni inequality; Dunn,
    "Multiple comparisons among means", 1961). For two or three comparisons with a common system, a
    bootstrap of the largest t would be hardly narrower.

    Equal values have no variance to estimate from, so the rule of three applies to them: an event
    that was not seen in n trials may have a probability of up to 3/n (Hanley & Lippman-Hand, "If
    nothing goes wrong, is everything all right?", 1983), which is -log(5 %)/n.

    Args:
        differences: At least two values.
        of: The number of intervals that are to hold together.
    """
    from scipy.special import stdtrit

    number = len(differences)
    mean = fsum(differences) / number
    squares = fsum((each - mean) ** 2 for each in differences)
    error = sqrt(squares / (number - 1) / number)
    reach = (
        float(stdtrit(number - 1, 1 - 0.025 / of)) * error if error else (3.0 + log(of)) / number
    )
    return mean - reach, mean + reach
