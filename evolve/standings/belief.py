"""From abilities to scores: what a fit says about every candidate's mean over the tasks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.standings.costs import Prices
from evolve.standings.fit import Fit, Scores, Spread
from evolve.standings.table import Floats

WIDER = 1.25**2
"""What the model's variance is multiplied by.

The Laplace approximation with estimated variances was overconfident on six real outcome matrices:
nominal 95 % intervals needed 1.25 times their width.
"""


class Belief(NamedTuple):
    """The joint posterior of the candidates that were fitted last; n of them, on J tasks.

    Attributes:
        active: Their numbers, (n,).
        mean: The mean score over the J tasks, (n,).
        covariance: Of it, (n, n).
        sampling: The variance from the J tasks being a sample, (n,).
        column: Where each task stands in the arrays below that have K + 1 columns: one for each
            of the K tasks that somebody met, and one for all others, (J,).
        reach: How the mean score moves with the ability, (n,).
        predicted: The expected score on each pair, (n, K + 1).
        slopes: How it moves with the ability, (n, K + 1).
        seen: Which pairs were scored, (n, J).
        with_ability: Covariance of mean scores with abilities, (n, n).
        with_difficulty: Covariance of mean scores with difficulties, (n, K + 1).
        usd: What the next evaluation of each was expected to cost, (n,).
        dear: What an evaluation on each task costs, beside the mean of all tasks, (J,).
        fitted_at: How many scores the fit was made from.
        spread: The variance of a score around what ability and difficulty predict, as a share of
            that of a coin with the same chance.
    """

    active: NDArray[np.int64]
    mean: Floats
    covariance: Floats
    sampling: Floats
    column: NDArray[np.int64]
    reach: Floats
    predicted: Floats
    slopes: Floats
    seen: NDArray[np.bool_]
    with_ability: Floats
    with_difficulty: Floats
    usd: Floats
    dear: Floats
    fitted_at: NDArray[np.int64]
    spread: Floats

    @property
    def variance(self) -> Floats:
        """Of each true score over the distribution that the tasks come from, (n,)."""
        total: Floats = np.maximum(np.diag(self.covariance), 0.0) + self.sampling
        return total

    def among(self, candidates: NDArray[np.int64]) -> "Belief | None":
        """The belief about some candidates, numbered anew; None if it holds none of them."""
        rows = np.flatnonzero(np.isin(self.active, candidates))
        if not len(rows):
            return None
        square = np.ix_(rows, rows)
        return self._replace(
            active=np.searchsorted(candidates, self.active[rows]),
            covariance=self.covariance[square],
            with_ability=self.with_ability[square],
            **{name: getattr(self, name)[rows] for name in _BY_CANDIDATE},
        )

    @property
    def root(self) -> Floats:
        """A matrix R with R Rᵀ = covariance, but for rounding, (n, n)."""
        size = len(self.covariance)
        jitter = 1e-9 + 1e-9 * float(np.trace(self.covariance)) / size
        try:
            return np.asarray(np.linalg.cholesky(self.covariance + jitter * np.eye(size)), float)
        except np.linalg.LinAlgError:  # rounding made it indefinite: drop what is below 0
            values, vectors = np.linalg.eigh(self.covariance)
            root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
            return root


_BY_CANDIDATE = (
    "mean", "sampling", "reach", "predicted", "slopes", "seen", "with_difficulty", "usd"
)  # fmt: skip
"""Fields with one row for each candidate."""


def predict(
    abilities: Floats, variances: Floats, difficulties: Floats, doubts: Floats
) -> tuple[Floats, Floats]:
    """The expected score on every pair and its slope in the ability.

    ``E σ(x) ≈ σ(x / √(1 + πv/8))`` for ``x`` of variance v (MacKay, "The evidence framework applied
    to classification networks", 1992): a task that nobody met is not one of middling difficulty.

    Args:
        abilities: Shape (n,).
        variances: Of the abilities, shape (n,).
        difficulties: Shape (J,).
        doubts: The variances of the difficulties, shape (J,).
    """
    flat = 1.0 / np.sqrt(1.0 + np.pi / 8.0 * (doubts[None, :] + variances[:, None]))
    logits = (difficulties[None, :] - abilities[:, None]) * flat
    np.clip(logits, -35.0, 35.0, out=logits)
    predicted = 1.0 / (1.0 + np.exp(logits))
    return predicted, flat * predicted * (1.0 - predicted)


def believe(
    active: NDArray[np.int64],
    fitted: Fit,
    scores: Scores,
    column: NDArray[np.int64],
    spread: Spread,
    prices: Prices,
    fitted_at: int,
) -> Belief:
    """Linearises the mean score around the fitted abilities and difficulties.

    The mean of a candidate is over its seen scores and its predicted unseen ones:
    ``m_i = (Σ_seen y + Σ_unseen p) / J``, with ``∂m_i/∂a_i = Σ_unseen p'/J`` and
    ``∂m_i/∂d_j = −p'_ij/J``; the unseen scores' own noise adds ``φ Σ_unseen p'/J²``.

    Args:
        active: The candidates that were fitted.
        fitted: Their fit.
        scores: What was scored, on the K tasks that somebody met.
        column: See `Belief`.
        spread: Of difficulties that nobody met, and of scores (φ).
        prices: What evaluations are expected to cost.
        fitted_at: How many scores there are.
    """
    tasks, unmet = len(column), len(column) - scores.means.shape[1]
    doubts = 1.0 / fitted.task_precision
    variances = np.diag(fitted.covariance)
    predicted, steepness = predict(fitted.abilities, variances, fitted.difficulties, doubts)
    # All tasks that nobody met are alike: the last column stands for them.
    other, steep = predict(fitted.abilities, variances, np.zeros(1), np.array([spread.task]))
    met = scores.weights > 0
    cells = np.where(met, scores.means, predicted)
    mean = (cells.sum(axis=1) + unmet * other[:, 0]) / tasks
    squares = (np.einsum("ij,ij->i", cells, cells) + unmet * other[:, 0] ** 2) / tasks
    slopes, apart = np.where(met, 0.0, steepness) / tasks, steep[:, 0] / tasks
    reach = slopes.sum(axis=1) + unmet * apart
    model, with_ability, with_difficulty = _propagated(fitted, reach, slopes, doubts)
    covariance = WIDER * (model + unmet * spread.task * np.outer(apart, apart))
    noise = spread.dispersion * reach / tasks + _noise_of_trials(scores) / tasks**2
    covariance[np.diag_indices_from(covariance)] += noise
    return Belief(
        active=active,
        mean=mean,
        covariance=covariance,
        sampling=np.maximum(squares - mean**2, 0.0) / tasks,
        column=column,
        reach=reach,
        predicted=np.hstack([predicted, other]),
        slopes=np.hstack([steepness, steep]),
        seen=np.pad(met, ((0, 0), (0, 1)))[:, column],
        with_ability=with_ability,
        with_difficulty=np.column_stack([with_difficulty, -apart * spread.task]),
        usd=prices.candidates,
        dear=prices.tasks,
        fitted_at=np.array(fitted_at),
        spread=np.array(spread.dispersion),
    )


def _propagated(
    fitted: Fit, reach: Floats, slopes: Floats, doubts: Floats
) -> tuple[Floats, Floats, Floats]:
    """The covariances of mean scores with each other, with abilities and with difficulties."""
    per_task = slopes * doubts
    along = np.diag(reach) - per_task @ fitted.information.T
    with_ability = along @ fitted.covariance
    with_difficulty = (with_ability @ fitted.information - slopes) * doubts
    return with_ability @ along.T + per_task @ slopes.T, with_ability, with_difficulty


def _noise_of_trials(scores: Scores) -> Floats:
    """The summed variance that repeated trials leave in each candidate's seen scores."""
    noise = scores.trial_variance / np.maximum(scores.weights, 1.0)
    total: Floats = np.where(scores.weights > 0, noise, 0.0).sum(axis=1)
    return total
