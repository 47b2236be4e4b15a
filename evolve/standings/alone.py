"""One candidate by itself, difficulties being known: for those outside the joint fit."""

import numpy as np

from evolve.standings.belief import predict
from evolve.standings.fit import Scores, chances
from evolve.standings.table import Floats

STEPS = 6
"""Newton steps; the problem has one dimension and a log-concave posterior."""


def unseen_mean(
    ability: float, variance: float, difficulties: Floats, doubts: Floats
) -> tuple[float, float]:
    """The expected mean score of a candidate that nobody evaluated, and its variance.

    Args:
        ability: Expected.
        variance: Of the ability.
        difficulties: Of the tasks.
        doubts: Their variances.
    """
    predicted, slopes = predict(np.array([ability]), np.array([variance]), difficulties, doubts)
    mean = float(predicted.mean())
    doubted = float(slopes.mean()) ** 2 * variance + mean * (1.0 - mean) / len(difficulties)
    return mean, min(doubted, mean * (1.0 - mean))


def fit_alone(
    scores: Scores, difficulties: Floats, doubts: Floats, expected: tuple[float, float]
) -> tuple[float, float, float, float]:
    """A candidate's ability, its variance, its mean score and that one's variance.

    Args:
        scores: Of this candidate alone.
        difficulties: Of the tasks, taken as they stand.
        doubts: Their variances.
        expected: The ability expected by its parents, with its variance.
    """
    prior, spread = expected
    ability, precision = prior, 1.0 / spread
    for _ in range(STEPS):
        solved = chances(np.array([ability]), difficulties)
        precision = float((scores.weights * solved * (1.0 - solved)).sum()) + 1.0 / spread
        pull = float((scores.weights * (scores.means - solved)).sum()) - (ability - prior) / spread
        ability += float(np.clip(pull / precision, -2.0, 2.0))
    predicted, slopes = predict(
        np.array([ability]), np.array([1.0 / precision]), difficulties, doubts
    )
    seen, tasks = scores.weights > 0, scores.means.shape[1]
    cells = np.where(seen, scores.means, predicted)
    reach = float(np.where(seen, 0.0, slopes).sum()) / tasks
    doubt = reach**2 / precision + reach / tasks + float(cells.var()) / tasks
    return ability, 1.0 / precision, float(cells.mean()), doubt
