"""The posterior of abilities and mean scores: a joint fit, and what was observed since.

The joint fit is renewed when a fixed share of the scores is new to it, so that its cost per score
stays the same however long a run is. At most `ACTIVE` candidates enter it: those with new scores
and those that may be best. The others keep their posterior until they have new scores.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evolve.standings.alone import fit_alone, unseen_mean
from evolve.standings.belief import Belief, believe
from evolve.standings.costs import Prices
from evolve.standings.fit import Scores, Spread, fit, learn
from evolve.standings.lineage import Steps
from evolve.standings.table import Floats, Table

ACTIVE = 256
"""Candidates that are fitted jointly, at most."""

REFIT_SHARE = 50
"""The fit is renewed when one in this many scores is new to it."""

REFIT_CANDIDATES = 4
"""The fit is not renewed before one in this many candidates could have a new score."""

Lineage: TypeAlias = Sequence[tuple[int, ...]]
"""The parents of every candidate, by number."""


def refit_interval(scores: int, candidates: int) -> int:
    """How many new scores renew the fit.

    Args:
        scores: How many scores there are.
        candidates: How many candidates there are.
    """
    return max(1, scores // REFIT_SHARE, candidates // REFIT_CANDIDATES)


class Posterior:
    """Ability and mean score of every candidate, and the difficulty of every task.

    Attributes:
        spread: The learned variances of abilities, difficulties and scores.
        belief: The joint posterior as of the last fit; None before there was one.
        fitted_at: How many scores the last joint fit was made from.
    """

    def __init__(self, tasks: int) -> None:
        """Starts with no candidate.

        Args:
            tasks: How many tasks there are.
        """
        self.spread = Spread()
        self.belief: Belief | None = None
        self.fitted_at = 0
        # Of every task, in rows: difficulty and its variance.
        self._difficulties = np.array([np.zeros(tasks), np.full(tasks, self.spread.task)])
        # Of every candidate, in rows: ability, its variance, mean score, its variance.
        self._candidates = np.zeros((4, 16))
        self._size = 0
        self._outdated: set[int] = set()
        """Candidates with scores that the last fit lacks."""
        self._refitted: Floats | None = None
        """The present mean scores and variances, cached at the first use."""
        self._steps: Steps | None = None
        self._subsets: dict[bytes, Belief | None] = {}
        """The beliefs of subsets of the last fit, cached at their first use."""

    def add(self, parents: Sequence[int], table: Table) -> None:
        """Adds a candidate at its prior: near its parents, or near the evaluated candidates."""
        if self._size == self._candidates.shape[1]:
            self._candidates = np.concatenate(
                [self._candidates, np.zeros_like(self._candidates)], axis=1
            )
        ability, variance = self._prior(self._size, parents, table)
        difficulties, uncertainties = self._difficulties
        mean, uncertainty = unseen_mean(ability, variance, difficulties, uncertainties)
        self._candidates[:, self._size] = ability, variance, mean, uncertainty
        self._size += 1
        self._refitted = None

    def observe(self, candidate: int) -> None:
        """Notes that a candidate has a new score."""
        self._outdated.add(candidate)
        self._refitted = None

    @property
    def at_last_fit(self) -> tuple[Floats, Floats]:
        """Means and deviations of the scores without what was observed since the last joint fit."""
        mean, variance = self._candidates[2:, : self._size]
        return mean, np.sqrt(variance)

    def current(self, parents: Lineage, table: Table) -> Floats:
        """Mean scores and their variances, shape (2, candidates).

        Candidates with scores that the last joint fit lacks are fitted alone until the next one.
        """
        if not self._outdated:
            return self._candidates[2:, : self._size]
        if self._refitted is None:
            outdated = sorted(self._outdated)
            self._refitted = self._candidates[2:, : self._size].copy()
            self._refitted[:, outdated] = self._alone(outdated, parents, table)[2:]
        return self._refitted

    def best(self, parents: Lineage, table: Table) -> int:
        """The evaluated candidate with the highest mean; of all candidates if none is evaluated."""
        means, evaluated = self.current(parents, table)[0], table.evaluations > 0
        return int(np.argmax(np.where(evaluated, means, -1.0) if evaluated.any() else means))

    def refit(self, parents: Lineage, table: Table, prices: Prices, observed: int) -> None:
        """Fits the active candidates jointly, then the others that have new scores.

        Args:
            parents: Of every candidate.
            table: The scores.
            prices: What evaluations of all candidates are expected to cost.
            observed: How many scores there are.
        """
        active = self._active(parents, table)
        if self._steps is None or not np.array_equal(active, self._steps.active):
            self._steps = Steps(active, parents)
        met = np.flatnonzero(table.counts[active].any(axis=0))
        scores = _scores(table, active, met)
        abilities, variances, means, uncertainties = self._candidates
        start = self._difficulties[0, met]
        fitted = fit(scores, self._steps, abilities, variances, start, self.spread)
        self.spread = learn(self.spread, fitted, scores, self._steps, abilities)
        self._difficulties[0], self._difficulties[1] = 0.0, self.spread.task
        self._difficulties[:, met] = fitted.difficulties, 1.0 / fitted.task_precision
        column = np.full(self._difficulties.shape[1], len(met))
        column[met] = np.arange(len(met))
        prices = prices._replace(candidates=prices.candidates[active])
        belief = believe(active, fitted, scores, column, self.spread, prices, observed)
        abilities[active], variances[active] = fitted.abilities, np.diag(fitted.covariance)
        means[active], uncertainties[active] = belief.mean, belief.variance
        if others := sorted(self._outdated.difference(active.tolist())):
            self._candidates[:, others] = self._alone(others, parents, table)
        self.belief, self.fitted_at = belief, observed
        self._outdated.clear()
        self._subsets.clear()
        self._refitted = None

    def among(self, candidates: NDArray[np.int64], parents: Lineage, table: Table) -> "Posterior":
        """The posterior of some candidates, renumbered in ascending order."""
        some = Posterior(self._difficulties.shape[1])
        some.spread, some.fitted_at = self.spread, self.fitted_at
        some._difficulties, some._size = self._difficulties, len(candidates)
        some._candidates = np.zeros((4, max(16, len(candidates))))
        some._candidates[:2, : len(candidates)] = self._candidates[:2, candidates]
        some._candidates[2:, : len(candidates)] = self.current(parents, table)[:, candidates]
        key = candidates.tobytes()
        if self.belief is not None and key not in self._subsets:
            self._subsets[key] = self.belief.among(candidates)
        some.belief = self._subsets.get(key)
        return some

    def save(self) -> dict[str, NDArray[np.generic]]:
        """Everything but the belief, by name."""
        return {
            "fitted_at": np.array(self.fitted_at),
            "outdated": np.array(sorted(self._outdated), dtype=np.int64),
            "spread": np.array(self.spread),
            "difficulties": self._difficulties,
            "posterior": self._candidates[:, : self._size],
        }

    def load(self, saved: Mapping[str, NDArray[np.generic]], belief: Belief | None) -> None:
        """Becomes what was saved."""
        self.belief, self.fitted_at = belief, int(saved["fitted_at"])
        self._outdated = set(saved["outdated"].tolist())
        self.spread = Spread(*saved["spread"].tolist())
        self._difficulties = saved["difficulties"].astype(np.float64)
        self._size = saved["posterior"].shape[1]
        self._candidates = np.zeros((4, max(16, self._size)))
        self._candidates[:, : self._size] = saved["posterior"]

    def _prior(self, number: int, parents: Sequence[int], table: Table) -> tuple[float, float]:
        """The ability that a candidate is expected to have by its parents, with its variance."""
        if parents:
            line = list(parents)
            ability, variance = self._candidates[:2, line].mean(axis=1).tolist()
            return ability + self.spread.drift, variance / len(line) + self.spread.child
        abilities = self._candidates[0, :number][table.evaluations[:number] > 0]
        return float(abilities.mean()) if len(abilities) else 0.0, self.spread.root

    def _alone(self, candidates: Sequence[int], parents: Lineage, table: Table) -> Floats:
        priors = np.array([self._prior(each, parents[each], table) for each in candidates]).T
        difficulties, uncertainties = self._difficulties
        scores = _scores(table, np.array(candidates))
        return fit_alone(scores, difficulties, uncertainties, priors)

    def _active(self, parents: Lineage, table: Table) -> NDArray[np.int64]:
        """Which candidates enter the joint fit: new scores first, then the likeliest to be best."""
        if self._size <= ACTIVE:
            return np.arange(self._size)
        mean, deviation = self.at_last_fit
        promise = mean + 2.0 * deviation
        promise[list(self._outdated)] += 1.0
        promise[self.best(parents, table)] += 9.0
        return np.sort(np.argsort(-promise, kind="stable")[:ACTIVE])


def _scores(
    table: Table, candidates: NDArray[np.int64], tasks: NDArray[np.int64] | None = None
) -> Scores:
    columns = slice(None) if tasks is None else tasks
    means, weights = table.means(candidates), table.weights(candidates)
    return Scores(means[:, columns], weights[:, columns], table.trial_variance)
