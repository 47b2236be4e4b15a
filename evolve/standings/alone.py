"""Fits candidates one by one with fixed difficulties: those outside the joint fit."""

import numpy as np

from evolve.standings.belief import predict
from evolve.standings.fit import Scores, chances
from evolve.standings.table import Floats

STEPS = 6
"""Newton steps; the problem has one dimension and a log-concave posterior."""


def unseen_mean(
    ability: float, variance: float, difficulties: Floats, task_variances: Floats
) -> tuple[float, float]:
    """The expected mean score of a candidate without evaluations, and its variance.

    Args:
        ability: Its expected ability.
        variance: The variance of the ability.
        difficulties: The difficulties of the tasks, shape (tasks,).
        task_variances: The variances of the difficulties, shape (tasks,).
    """
    predicted, slopes = predict(
        np.array([ability]), np.array([variance]), difficulties, task_variances
    )
    mean = float(predicted.mean())
    mean_variance = float(slopes.mean()) ** 2 * variance + mean * (1.0 - mean) / len(difficulties)
    return mean, min(mean_variance, mean * (1.0 - mean))


def fit_alone(
    scores: Scores, difficulties: Floats, task_variances: Floats, expected: Floats
) -> Floats:
    """Each candidate's ability and its variance, its mean score and its variance.

    Args:
        scores: The scores of n candidates, which are fitted independently.
        difficulties: The fixed difficulties of the tasks, shape (tasks,).
        task_variances: The variances of the difficulties, shape (tasks,).
        expected: The abilities expected from the parents, and their variances, shape (2, n).

    Returns:
        Shape (4, n).
    """
    prior, spread = expected
    abilities, precision = _newton(scores, difficulties, prior, spread)
    predicted, slopes = predict(abilities, 1.0 / precision, difficulties, task_variances)
    seen, tasks = scores.weights > 0, scores.means.shape[1]
    cells = np.where(seen, scores.means, predicted)
    reach = np.where(seen, 0.0, slopes).sum(axis=1) / tasks
    mean_variance = reach**2 / precision + reach / tasks + cells.var(axis=1) / tasks
    return np.stack([abilities, 1.0 / precision, cells.mean(axis=1), mean_variance])


def _newton(
    scores: Scores, difficulties: Floats, prior: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Every candidate's ability, and the precision of it."""
    met = np.flatnonzero(scores.weights.any(axis=0))
    means, weights, hard = scores.means[:, met], scores.weights[:, met], difficulties[met]
    abilities, precision = prior.copy(), 1.0 / spread
    for _ in range(STEPS):
        solved = chances(abilities, hard)
        precision = (weights * solved * (1.0 - solved)).sum(axis=1) + 1.0 / spread
        pull = (weights * (means - solved)).sum(axis=1) - (abilities - prior) / spread
        abilities += np.clip(pull / precision, -2.0, 2.0)
    return abilities, precision
