"""Abilities and difficulties from scores on shared tasks, by penalised Newton steps.

The Rasch model with random effects: ``logit P(candidate i solves task j) = a_i − d_j``, with
``d_j ~ N(0, τ_d²)`` and the lineage's prior on ``a`` (Rasch, "Probabilistic models for some
intelligence and attainment tests", 1960; the Laplace approximation of De Boeck & Wilson,
"Explanatory item response models", 2004, section 12). A score between 0 and 1 enters the same
likelihood as a fraction of a success, with a dispersion that is learned (quasi-likelihood,
McCullagh & Nelder, "Generalized linear models", 1989, chapter 9).

Difficulties are eliminated exactly, so a step costs one product of a (candidates × tasks) matrix
with itself and one factorisation of a (candidates × candidates) matrix.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from evolve.standings.lineage import Steps
from evolve.standings.table import Floats

NEAR = 0.03
"""Newton stops when no ability moves by more than this many logits."""

STEPS = 12
"""Newton steps at most; a warm start needs one or two."""

LEAST_FREE = 0.1
"""The least share of a score's scatter that is assumed to be left by the fit."""


class Spread(NamedTuple):
    """The learned variances, and the drift from parents to children."""

    root: float = 1.5
    child: float = 0.25
    task: float = 3.0
    dispersion: float = 1.0
    drift: float = 0.0


class Scores(NamedTuple):
    """The scores of the candidates that are fitted, shape (candidates, tasks)."""

    means: Floats
    weights: Floats
    trial_variance: float


class Fit(NamedTuple):
    """A posterior mode with its curvature."""

    abilities: Floats
    difficulties: Floats
    chances: Floats
    information: Floats
    task_precision: Floats
    covariance: Floats


def chances(abilities: Floats, difficulties: Floats) -> Floats:
    """The chance of solving each task, shape (candidates, tasks)."""
    logits = difficulties[None, :] - abilities[:, None]
    np.clip(logits, -35.0, 35.0, out=logits)
    np.exp(logits, out=logits)
    logits += 1.0
    solved: Floats = np.reciprocal(logits, out=logits)
    return solved


def fit(
    scores: Scores,
    steps: Steps,
    start: Floats,
    variances: Floats,
    difficulties: Floats,
    spread: Spread,
) -> Fit:
    """The posterior mode of abilities and difficulties.

    Args:
        scores: The scores to fit.
        steps: The lineage of the fitted candidates.
        start: The present abilities of all candidates, from which the fit starts.
        variances: The variances of these abilities.
        difficulties: The start values of the difficulties.
        spread: The prior's variances.
    """
    prior = steps.prior(start, variances, spread.root, spread.child)
    weights = scores.weights / spread.dispersion
    abilities = start[steps.active]
    solved = chances(abilities, difficulties)
    for _ in range(STEPS):
        information = weights * (solved * (1.0 - solved))
        excess = weights * (scores.means - solved)
        pull = excess.sum(axis=1) + prior.pull - prior.precision @ abilities
        push = -excess.sum(axis=0) - difficulties / spread.task
        precision = information.sum(axis=0) + 1.0 / spread.task
        carried = information / precision
        hessian = prior.precision - carried @ information.T
        hessian[np.diag_indices_from(hessian)] += information.sum(axis=1)
        covariance = _inverse(hessian)
        step = covariance @ (pull + carried @ push)
        drop = push / precision + step @ carried
        furthest = float(np.abs(step).max())
        shorter = min(1.0, 2.0 / furthest) if furthest else 1.0
        abilities += shorter * step
        difficulties = difficulties + shorter * np.clip(drop, -4.0, 4.0)
        solved = chances(abilities, difficulties)
        if furthest < NEAR:
            break
    return Fit(abilities, difficulties, solved, information, precision, covariance)


def learn(spread: Spread, fitted: Fit, scores: Scores, steps: Steps, start: Floats) -> Spread:
    """The variances after a fit, by posterior expectations with a weak prior (one EM step)."""
    moved, variances = steps.estimate(start, fitted.abilities, fitted.covariance)
    drift = steps.drift(moved, spread.child)
    expected = (moved - np.where(steps.child, drift, 0.0)) ** 2 + variances
    scored = scores.weights.any(axis=1)
    roots, children = ~steps.child & scored, steps.child & scored
    carried = fitted.covariance @ fitted.information / fitted.task_precision
    across = np.einsum("ij,ij->j", fitted.information, carried)
    task_variances = (1.0 + across) / fitted.task_precision
    task = fitted.difficulties**2 + task_variances
    return Spread(
        root=float((6.0 + expected[roots].sum()) / (roots.sum() + 3.0)),
        child=float((1.0 + expected[children].sum()) / (children.sum() + 4.0)),
        task=float((18.0 + task.sum()) / (len(task) + 6.0)),
        dispersion=_dispersion(fitted, scores, carried, task_variances),
        drift=drift,
    )


def _dispersion(fitted: Fit, scores: Scores, carried: Floats, task_variances: Floats) -> float:
    """The dispersion of scores: 1 for successes and failures, less for scores between them.

    Pearson's statistic over what the fit leaves free of it (McCullagh & Nelder, equation 4.23): a
    score that determines its own prediction, as a candidate's only one does, has little weight.

    Args:
        fitted: The fit.
        scores: The fitted scores.
        carried: Covariances of abilities with difficulties, (candidates, tasks).
        task_variances: The variances of difficulties.
    """
    seen = scores.weights > 0
    between = (scores.means > 0.0) & (scores.means < 1.0) & seen
    if not between.any():
        return 1.0
    uncertain = np.diag(fitted.covariance)[:, None] + task_variances - 2.0 * carried
    free = np.clip(1.0 - fitted.information * uncertain, LEAST_FREE, 1.0)
    variance = fitted.chances * (1.0 - fitted.chances) * scores.weights * free
    residual = (scores.means - fitted.chances) ** 2 * scores.weights
    return float(np.clip((residual.sum() + 5.0) / (variance.sum() + 5.0), 0.15, 1.0))


def _inverse(matrix: Floats) -> Floats:
    """The inverse of a symmetric positive definite matrix."""
    factor, _ = dpotrf(matrix, lower=1, clean=1)
    inverse, _ = dpotri(factor, lower=1)
    inverse = np.tril(inverse)
    full: Floats = inverse + np.tril(inverse, -1).T
    return full
