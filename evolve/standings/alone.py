"""Candidates one by one, difficulties being known: for those outside the joint fit."""

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


def fit_alone(scores: Scores, difficulties: Floats, doubts: Floats, expected: Floats) -> Floats:
    """Each candidate's ability, its variance, its mean score and that one's variance.

    Args:
        scores: Of n candidates, none of whom tells anything about another.
        difficulties: Of the tasks, taken as they stand.
        doubts: Their variances.
        expected: The abilities expected by their parents, and their variances, shape (2, n).

    Returns:
        Shape (4, n).
    """
    prior, spread = expected
    abilities, precision = _newton(scores, difficulties, prior, spread)
    predicted, slopes = predict(abilities, 1.0 / precision, difficulties, doubts)
    seen, tasks = scores.weights > 0, scores.means.shape[1]
    cells = np.where(seen, scores.means, predicted)
    reach = np.where(seen, 0.0, slopes).sum(axis=1) / tasks
    doubt = reach**2 / precision + reach / tasks + cells.var(axis=1) / tasks
    return np.stack([abilities, 1.0 / precision, cells.mean(axis=1), doubt])


def _newton(
    scores: Scores, difficulties: Floats, prior: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Every candidate's ability and its precision."""
    met = np.flatnonzero(scores.weights.any(axis=0))
    means, weights, hard = scores.means[:, met], scores.weights[:, met], difficulties[met]
    abilities, precision = prior.copy(), 1.0 / spread
    for _ in range(STEPS):
        solved = chances(abilities, hard)
        precision = (weights * solved * (1.0 - solved)).sum(axis=1) + 1.0 / spread
        pull = (weights * (means - solved)).sum(axis=1) - (abilities - prior) / spread
        abilities += np.clip(pull / precision, -2.0, 2.0)
    return abilities, precision
