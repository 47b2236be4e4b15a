"""The standings of a search: what is believed about each candidate, and the raw scores."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archive.records import Standing
from evolve.standings.costs import Costs, Prices
from evolve.standings.posterior import Posterior, refit_interval
from evolve.standings.table import Floats, Table


class Observation(NamedTuple):
    """One score of one candidate on one task, and the cost of the evaluation."""

    candidate: int
    task: int
    value: float
    cost: float | None = None


class Standings:
    """Posterior mean and deviation of every candidate's true score, and the raw scores.

    A function of the candidates added and the scores observed, in order. Nothing is random, and
    reading changes nothing.

    Attributes:
        tasks: How many tasks candidates can be evaluated on.
        parents: The parents of every candidate, by number.
        table: The raw scores.
        costs: The posterior of costs.
        posterior: The posterior of abilities and mean scores.
        observed: How many scores were observed.
    """

    def __init__(self, tasks: int) -> None:
        """Starts with no candidate.

        Args:
            tasks: How many tasks candidates can be evaluated on.
        """
        self.tasks = tasks
        self.parents: list[tuple[int, ...]] = []
        self.table = Table(tasks)
        self.costs = Costs(tasks)
        self.posterior = Posterior(tasks)
        self.observed = 0

    def __len__(self) -> int:
        return len(self.parents)

    def add(self, parents: Sequence[int] = (), listed: float | None = None) -> int:
        """Adds a candidate, expected near its parents, and returns its number.

        Args:
            parents: The numbers of its parents.
            listed: Its list price in the run's unit; either all candidates have one or none.
        """
        self.parents.append(tuple(parents))
        self.table.add()
        self.costs.add(parents, listed)
        self.posterior.add(parents, self.table)
        return len(self.parents) - 1

    def observe(self, candidate: int, task: int, value: float, cost: float | None = None) -> None:
        """Adds one score.

        Args:
            candidate: A number that `add` returned.
            task: From 0.
            value: 0 to 1.
            cost: What the evaluation cost; None if unknown.
        """
        self.observe_all([Observation(candidate, task, value, cost)])

    def observe_all(self, scores: Iterable[tuple[int, int, float, float | None]]) -> None:
        """Adds scores that arrived together; refits at most once, after them."""
        for candidate, task, value, cost in scores:
            self.table.observe(candidate, task, value)
            self.costs.observe(candidate, task, cost)
            self.posterior.observe(candidate)
            self.observed += 1
        new = self.observed - self.posterior.fitted_at
        if new >= refit_interval(self.observed, len(self)):
            prices = Prices(self.costs.expected, self.costs.of_tasks)
            self.posterior.refit(self.parents, self.table, prices, self.observed)

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """How many evaluations each candidate has, shape (candidates,)."""
        return self.table.evaluations

    @property
    def counts(self) -> NDArray[np.int32]:
        """How often each candidate was evaluated on each task, shape (candidates, tasks)."""
        return self.table.counts

    @property
    def scores(self) -> Floats:
        """The mean score of each candidate on each task, NaN where unseen."""
        counts = self.counts
        out = np.full(counts.shape, np.nan)
        scores: Floats = np.divide(self.table.sums, counts, out=out, where=counts > 0)
        return scores

    @property
    def mean(self) -> Floats:
        """The posterior mean of each candidate's true score, shape (candidates,), 0 to 1."""
        means: Floats = self._current[0].copy()
        return means

    @property
    def deviation(self) -> Floats:
        """The posterior standard deviation of each candidate's true score, shape (candidates,).

        Of the score over the distribution that the tasks are a sample of: it stays above 0 when
        every task was seen.
        """
        deviations: Floats = np.sqrt(self._current[1])
        return deviations

    @property
    def cost(self) -> Floats:
        """The mean cost of an evaluation of each candidate, NaN where unknown."""
        return self.costs.observed

    @property
    def expected_cost(self) -> Floats:
        """The expected cost of each candidate's next evaluation; 1 if no cost is known."""
        return self.costs.expected

    @property
    def best(self) -> int:
        """The evaluated candidate with the highest mean; of all candidates if none is evaluated."""
        return self.posterior.best(self.parents, self.table)

    def draws(self, generator: np.random.Generator, number: int) -> Floats:
        """Draws from the posterior of the scores, shape (number, candidates).

        Candidates of the last fit are drawn jointly: the errors of those with common tasks
        correlate.
        """
        drawn = generator.standard_normal((number, len(self)))
        values: Floats = self.mean + self.deviation * drawn
        belief = self.posterior.belief
        if belief is not None:
            values[:, belief.active] = belief.mean + drawn[:, belief.active] @ belief.root.T
        return values

    def all(self) -> list[Standing]:
        """Every candidate's standing, by number, as it is stored and shown."""
        columns = zip(self.mean, self.deviation, self.evaluations, self.cost, strict=True)
        return [
            Standing(
                candidate=number,
                mean=float(mean),
                deviation=float(deviation),
                evaluations=int(evaluations),
                cost=None if np.isnan(cost) else float(cost),
            )
            for number, (mean, deviation, evaluations, cost) in enumerate(columns)
        ]

    def within(self, cost_at_most: float | None) -> NDArray[np.bool_]:
        """Which candidates have a lower bound of their cost within `cost_at_most`.

        Shape (candidates,).
        """
        if cost_at_most is None:
            return np.ones(len(self), dtype=bool)
        within: NDArray[np.bool_] = self.costs.bounds[0] <= cost_at_most
        return within

    def among(self, candidates: NDArray[np.int64]) -> "Standings":
        """The standings of some candidates, as if there were no others.

        They keep the posterior of the fit with all candidates; parents outside are left out.

        Args:
            candidates: Their numbers, ascending; they are renumbered in this order.
        """
        some = Standings(self.tasks)
        place = {number: row for row, number in enumerate(candidates.tolist())}
        some.parents = [
            tuple(place[parent] for parent in self.parents[number] if parent in place)
            for number in place
        ]
        some.table, some.costs = self.table.among(candidates), self.costs.among(candidates)
        some.posterior = self.posterior.among(candidates, self.parents, self.table)
        some.observed = self.observed
        return some

    @property
    def _current(self) -> Floats:
        return self.posterior.current(self.parents, self.table)
