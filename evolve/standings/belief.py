"""The joint posterior of mean scores, derived from a fit of abilities and difficulties."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evolve.standings.costs import Prices
from evolve.standings.fit import Fit, Scores, Spread
from evolve.standings.table import Floats

WIDER = 1.25**2
"""The factor on the model's variance.

The Laplace approximation with estimated variances was overconfident on six real outcome matrices:
nominal 95 % intervals needed 1.25 times their width.
"""


@dataclass(frozen=True, eq=False)
class Belief:
    """The joint posterior of the n candidates of the last fit, on J tasks.

    Attributes:
        active: The numbers of the candidates, (n,).
        mean: The mean score over the J tasks, (n,).
        covariance: The covariance of the mean scores, (n, n).
        sampling: The variance from the J tasks being a sample, (n,).
        column: The column of each task in the arrays below that have K + 1 columns: one for each
            of the K tasks with scores, and one for all others, (J,).
        reach: The slope of the mean score in the ability, (n,).
        predicted: The expected score on each pair, (n, K + 1).
        slopes: The slope of the expected score in the ability, (n, K + 1).
        seen: Which pairs were scored, (n, J).
        with_ability: Covariance of mean scores with abilities, (n, n).
        with_difficulty: Covariance of mean scores with difficulties, (n, K + 1).
        cost: The expected cost of the next evaluation of each candidate, (n,).
        relative_cost: The cost of an evaluation on each task, relative to the mean task, (J,).
        fitted_at: How many scores the fit was made from.
        spread: The variance of a score around its prediction from ability and difficulty, relative
            to that of a coin with the same chance.
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
    cost: Floats
    relative_cost: Floats
    fitted_at: NDArray[np.int64]
    spread: Floats

    @property
    def variance(self) -> Floats:
        """The variance of each true score over the distribution of tasks, (n,)."""
        total: Floats = np.maximum(np.diag(self.covariance), 0.0) + self.sampling
        return total

    def among(self, candidates: NDArray[np.int64]) -> "Belief | None":
        """The belief about some candidates, renumbered; None if it holds none of them."""
        rows = np.flatnonzero(np.isin(self.active, candidates))
        if not len(rows):
            return None
        square = np.ix_(rows, rows)
        return replace(
            self,
            active=np.searchsorted(candidates, self.active[rows]),
            covariance=self.covariance[square],
            with_ability=self.with_ability[square],
            **{name: getattr(self, name)[rows] for name in _BY_CANDIDATE},
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every field by name, to be saved."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
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
    "mean", "sampling", "reach", "predicted", "slopes", "seen", "with_difficulty", "cost"
)  # fmt: skip
"""Fields with one row for each candidate."""


def predict(
    abilities: Floats, variances: Floats, difficulties: Floats, task_variances: Floats
) -> tuple[Floats, Floats]:
    """The expected score on every pair and its slope in the ability.

    ``E σ(x) ≈ σ(x / √(1 + πv/8))`` for ``x`` of variance v (MacKay, "The evidence framework applied
    to classification networks", 1992): an uncertain difficulty pulls the chance towards one half.

    Args:
        abilities: Shape (n,).
        variances: The variances of the abilities, shape (n,).
        difficulties: Shape (J,).
        task_variances: The variances of the difficulties, shape (J,).
    """
    flat = 1.0 / np.sqrt(1.0 + np.pi / 8.0 * (task_variances[None, :] + variances[:, None]))
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
        active: The candidates of the fit.
        fitted: The fit.
        scores: The scores, on the K tasks that have any.
        column: See `Belief`.
        spread: The variances of unseen difficulties and of scores (φ).
        prices: The expected costs of evaluations.
        fitted_at: How many scores the fit was made from.
    """
    tasks, unmet = len(column), len(column) - scores.means.shape[1]
    task_variances = 1.0 / fitted.task_precision
    variances = np.diag(fitted.covariance)
    predicted, steepness = predict(fitted.abilities, variances, fitted.difficulties, task_variances)
    # Tasks without scores have the same prior: the last column stands for all of them.
    other, steep = predict(fitted.abilities, variances, np.zeros(1), np.array([spread.task]))
    met = scores.weights > 0
    cells = np.where(met, scores.means, predicted)
    mean = (cells.sum(axis=1) + unmet * other[:, 0]) / tasks
    squares = (np.einsum("ij,ij->i", cells, cells) + unmet * other[:, 0] ** 2) / tasks
    slopes, apart = np.where(met, 0.0, steepness) / tasks, steep[:, 0] / tasks
    reach = slopes.sum(axis=1) + unmet * apart
    model, with_ability, with_difficulty = _propagated(fitted, reach, slopes, task_variances)
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
        cost=prices.candidates,
        relative_cost=prices.tasks,
        fitted_at=np.array(fitted_at),
        spread=np.array(spread.dispersion),
    )


def _propagated(
    fitted: Fit, reach: Floats, slopes: Floats, task_variances: Floats
) -> tuple[Floats, Floats, Floats]:
    """The covariances of mean scores with each other, with abilities and with difficulties."""
    per_task = slopes * task_variances
    along = np.diag(reach) - per_task @ fitted.information.T
    with_ability = along @ fitted.covariance
    with_difficulty = (with_ability @ fitted.information - slopes) * task_variances
    return with_ability @ along.T + per_task @ slopes.T, with_ability, with_difficulty


def _noise_of_trials(scores: Scores) -> Floats:
    """The summed variance that repeated trials leave in each candidate's seen scores."""
    noise = scores.trial_variance / np.maximum(scores.weights, 1.0)
    total: Floats = np.where(scores.weights > 0, noise, 0.0).sum(axis=1)
    return total
