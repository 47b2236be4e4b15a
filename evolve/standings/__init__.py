"""What is believed about each candidate, from scores on shared tasks.

    table ──▶ fit (abilities, difficulties) ──▶ belief (mean scores, jointly) ──▶ mean, deviation,
      │        ▲ lineage: a child near its parents                                draws, covariance
      └──▶ costs (per evaluation, along the lineage)

The state is a function of what was told and added, in order; nothing here is random, and reading
changes nothing. The joint fit is renewed whenever enough was told since the last one, so that its
cost per score stays the same however long a run is. At most `ACTIVE` candidates enter it: those
who were told something and those who may be best. The others stand still until they are told
something again.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from archive.records import Standing
from evolve.standings import saving
from evolve.standings.alone import fit_alone, unseen_mean
from evolve.standings.belief import Belief, believe
from evolve.standings.costs import Costs, Prices
from evolve.standings.fit import Scores, Spread, fit, learn
from evolve.standings.lineage import Steps
from evolve.standings.table import Floats, Table

__all__ = ["Belief", "Floats", "Standings", "Told", "renewal"]

ACTIVE = 256
"""Candidates that are fitted jointly, at most."""

RENEWED = 50
"""The fit is renewed when one in this many scores is new to it."""

ABREAST = 4
"""Nor is it renewed before one in this many candidates could have got a score."""

T = TypeVar("T")


def renewal(told: int, candidates: int) -> int:
    """How many new scores renew the fit.

    Args:
        told: How many scores there are.
        candidates: How many candidates there are.
    """
    return max(1, told // RENEWED, candidates // ABREAST)


class Told(NamedTuple):
    """One score of one candidate on one task, and what the evaluation cost."""

    candidate: int
    task: int
    value: float
    usd: float | None = None


class Standings:
    """Posterior mean and deviation of every candidate's true score, and the raw scores."""

    def __init__(self, tasks: int) -> None:
        """Starts with no candidate.

        Args:
            tasks: How many tasks candidates can be evaluated on.
        """
        self.tasks = tasks
        self.parents: list[tuple[int, ...]] = []
        self.table = Table(tasks)
        self.costs = Costs(tasks)
        self.spread = Spread()
        self.told = 0
        self._lag = 0
        self._waiting: set[int] = set()
        self._difficulties = np.zeros(tasks)
        self._doubts = np.full(tasks, self.spread.task)
        # Of every candidate, in rows: ability, its variance, mean score, its variance.
        self._believed = np.zeros((4, 16))
        self._belief: Belief | None = None
        self._steps: Steps | None = None
        self._remembered: dict[Hashable, tuple[Hashable, object]] = {}

    def __len__(self) -> int:
        return len(self.parents)

    def add(self, parents: Sequence[int] = (), listed: float | None = None) -> int:
        """Adds a candidate, expected near its parents, and returns its number.

        Args:
            parents: Whom it descends from.
            listed: Its list price in USD; either all candidates have one or none.
        """
        number = len(self.parents)
        if number == self._believed.shape[1]:
            self._believed = np.concatenate([self._believed, np.zeros_like(self._believed)], axis=1)
        self.parents.append(tuple(parents))
        self.table.add()
        self.costs.add(parents, listed)
        ability, variance = self._expected(number)
        mean, doubt = unseen_mean(ability, variance, self._difficulties, self._doubts)
        self._believed[:, number] = ability, variance, mean, doubt
        return number

    def tell(self, candidate: int, task: int, value: float, usd: float | None = None) -> None:
        """Learns one score.

        Args:
            candidate: A number that `add` gave.
            task: From 0.
            value: 0 to 1.
            usd: What the evaluation cost; None if unknown.
        """
        self.tell_all([Told(candidate, task, value, usd)])

    def tell_all(self, scores: Iterable[tuple[int, int, float, float | None]]) -> None:
        """Learns scores that arrived together; renews the fit at most once, after them."""
        for candidate, task, value, usd in scores:
            self.table.tell(candidate, task, value)
            self.costs.tell(candidate, task, usd)
            self._waiting.add(candidate)
            self.told += 1
            self._lag += 1
        if self._lag >= renewal(self.told, len(self)):
            self._renew()

    @property
    def belief(self) -> Belief | None:
        """The joint posterior as of the last fit; None before there was one."""
        return self._belief

    @property
    def root(self) -> Floats:
        """A matrix R with R Rᵀ = the covariance of the belief, for joint draws."""
        belief = self._belief
        assert belief is not None, "nothing was told yet"
        return self.remember("root", int(belief.fitted_at), lambda: belief.root)

    def remember(self, key: Hashable, stamp: Hashable, compute: Callable[[], T]) -> T:
        """What ``compute`` returned when it was last needed, if the stamp is still the same.

        Args:
            key: What is remembered.
            stamp: What it depends on; the result must be a function of key and stamp, so that it
                makes no difference who asked first.
            compute: Computes it.
        """
        held = self._remembered.get(key)
        if held is None or held[0] != stamp:
            held = (stamp, compute())
            self._remembered[key] = held
        return held[1]  # type: ignore[return-value]

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """How many evaluations each candidate has, shape (candidates,)."""
        return self.table.evaluations

    @property
    def mean(self) -> Floats:
        """The posterior mean of each candidate's true score, shape (candidates,), 0 to 1."""
        means: Floats = self._current[0].copy()
        return means

    @property
    def deviation(self) -> Floats:
        """The posterior standard deviation of each candidate's true score, shape (candidates,).

        Of the score over the distribution that the tasks are a sample of, so it stays above 0 when
        all of them are seen.
        """
        deviations: Floats = np.sqrt(self._current[1])
        return deviations

    @property
    def fitted_at(self) -> int:
        """How many scores the last joint fit knew."""
        return self.told - self._lag

    @property
    def at_last_fit(self) -> tuple[Floats, Floats]:
        """`mean` and `deviation` without what was told since the last joint fit, at no cost."""
        mean, variance = self._believed[2:, : len(self)]
        return mean, np.sqrt(variance)

    @property
    def best(self) -> int:
        """Who has the highest mean of those that were evaluated; of all if nobody was."""
        means = self._current[0]
        evaluated = self.table.evaluations > 0
        return int(np.argmax(np.where(evaluated, means, -1.0) if evaluated.any() else means))

    def draws(self, generator: np.random.Generator, number: int) -> Floats:
        """Draws from the posterior of the scores, shape (number, candidates).

        Candidates of the last fit are drawn jointly: who met the same tasks errs together.
        """
        drawn = generator.standard_normal((number, len(self)))
        values: Floats = self.mean + self.deviation * drawn
        belief = self._belief
        if belief is not None:
            values[:, belief.active] = belief.mean + drawn[:, belief.active] @ self.root.T
        return values

    @property
    def usd(self) -> Floats:
        """The mean cost of an evaluation of each candidate, NaN where unknown."""
        return self.costs.observed

    @property
    def expected_usd(self) -> Floats:
        """What the next evaluation of each candidate is expected to cost; 1 if no cost is known."""
        return self.costs.expected

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

    def all(self) -> list[Standing]:
        """Every candidate's standing, by number, as it is stored and shown."""
        columns = zip(self.mean, self.deviation, self.evaluations, self.usd, strict=True)
        return [
            Standing(
                candidate=number,
                mean=float(mean),
                deviation=float(deviation),
                evaluations=int(evaluations),
                usd=None if np.isnan(usd) else float(usd),
            )
            for number, (mean, deviation, evaluations, usd) in enumerate(columns)
        ]

    def within(self, cost_at_most: float | None) -> NDArray[np.bool_]:
        """Who may cost at most so much an evaluation: all but those who surely cost more."""
        if cost_at_most is None:
            return np.ones(len(self), dtype=bool)
        within: NDArray[np.bool_] = self.costs.bounds[0] <= cost_at_most
        return within

    def among(self, candidates: NDArray[np.int64]) -> "Standings":
        """What is believed about some candidates, as if there were no others.

        Beliefs are those beside all others; parents who are not among them are left out.

        Args:
            candidates: Their numbers, ascending; they are numbered anew in this order.
        """
        some = Standings(self.tasks)
        place = {number: row for row, number in enumerate(candidates.tolist())}
        some.parents = [
            tuple(place[parent] for parent in self.parents[number] if parent in place)
            for number in place
        ]
        some.table, some.costs = self.table.among(candidates), self.costs.among(candidates)
        some.spread, some.told = self.spread, self.told
        some._difficulties, some._doubts = self._difficulties, self._doubts
        some._believed = np.zeros((4, max(16, len(place))))
        some._believed[:2, : len(place)] = self._believed[:2, candidates]
        some._believed[2:, : len(place)] = self._current[:, candidates]
        some._belief = None if self._belief is None else self._belief.among(candidates)
        # What was worked out for the same candidates before is worked out for these.
        some._remembered = self.remember(("among", candidates.tobytes()), None, dict)
        return some

    def state(self) -> bytes:
        """Everything learned, to the last bit; `restore` takes it back."""
        arrays = {
            "counters": np.array([self.told, self._lag]),
            "waiting": np.array(sorted(self._waiting), dtype=np.int64),
            "spread": np.array(self.spread),
            "difficulties": self._difficulties,
            "doubts": self._doubts,
            "believed": self._believed[:, : len(self)],
            **self.table.save(),
            **self.costs.save(),
        }
        return saving.pack(arrays, self.parents, self._belief)

    @classmethod
    def restore(cls, state: bytes) -> "Standings":
        """The standings that `state` described."""
        arrays, parents, belief = saving.unpack(state)
        standings = cls(tasks=len(arrays["difficulties"]))
        standings.parents = parents
        standings.told, standings._lag = (int(counter) for counter in arrays["counters"])
        standings._waiting = set(arrays["waiting"].tolist())
        standings.spread = Spread(*arrays["spread"].tolist())
        standings._difficulties = arrays["difficulties"]
        standings._doubts = arrays["doubts"]
        standings._believed = np.zeros((4, max(16, len(parents))))
        standings._believed[:, : len(parents)] = arrays["believed"]
        standings.table.load(arrays)
        standings.costs.load(arrays)
        standings._belief = belief
        return standings

    # Fitting

    def _expected(self, candidate: int) -> tuple[float, float]:
        """The ability a candidate is expected to have by its parents, with its variance."""
        line = list(self.parents[candidate])
        if line:
            ability, variance = self._believed[:2, line].mean(axis=1).tolist()
            return ability + self.spread.drift, variance / len(line) + self.spread.child
        evaluated = self.table.evaluations[:candidate] > 0
        abilities = self._believed[0, :candidate][evaluated]
        return float(abilities.mean()) if len(abilities) else 0.0, self.spread.root

    def _renew(self) -> None:
        """Fits the active candidates jointly, then everyone else who was told something."""
        active = self._active()
        if self._steps is None or not np.array_equal(active, self._steps.active):
            self._steps = Steps(active, self.parents)
        met = np.flatnonzero(self.table.counts[active].any(axis=0))
        scores = self._scores(active, met)
        abilities, variances, means, doubts = self._believed
        start = self._difficulties[met]
        fitted = fit(scores, self._steps, abilities, variances, start, self.spread)
        self.spread = learn(self.spread, fitted, scores, self._steps, abilities)
        self._difficulties[:], self._doubts[:] = 0.0, self.spread.task
        self._difficulties[met] = fitted.difficulties
        self._doubts[met] = 1.0 / fitted.task_precision
        column = np.full(self.tasks, len(met))
        column[met] = np.arange(len(met))
        prices = Prices(self.costs.expected[active], self.costs.of_tasks)
        belief = believe(active, fitted, scores, column, self.spread, prices, self.told)
        self._belief = belief
        abilities[active], variances[active] = fitted.abilities, np.diag(fitted.covariance)
        means[active], doubts[active] = belief.mean, belief.variance
        if waiting := sorted(self._waiting.difference(active.tolist())):
            self._believed[:, waiting] = self._alone(waiting)
        self._waiting.clear()
        self._lag = 0

    def _alone(self, candidates: Sequence[int]) -> Floats:
        expected = np.array([self._expected(candidate) for candidate in candidates]).T
        scores = self._scores(np.array(candidates))
        return fit_alone(scores, self._difficulties, self._doubts, expected)

    @property
    def _current(self) -> Floats:
        """Mean scores and their variances, shape (2, candidates), with what the last fit lacks.

        Who was told something since is fitted alone until the next joint fit.
        """
        size = len(self)
        if not self._waiting:
            return self._believed[2:, :size]

        def renewed() -> Floats:
            current = self._believed[2:, :size].copy()
            waiting = sorted(self._waiting)
            current[:, waiting] = self._alone(waiting)[2:]
            return current

        return self.remember("current", (self.told, size), renewed)

    def _scores(
        self, candidates: NDArray[np.int64], tasks: NDArray[np.int64] | None = None
    ) -> Scores:
        table, columns = self.table, slice(None) if tasks is None else tasks
        means, weights = table.means(candidates), table.weights(candidates)
        return Scores(means[:, columns], weights[:, columns], table.trial_variance)

    def _active(self) -> NDArray[np.int64]:
        """Who enters the joint fit: the likeliest to be best among those told something first."""
        size = len(self)
        if size <= ACTIVE:
            return np.arange(size)
        promise = self._believed[2, :size] + 2.0 * np.sqrt(self._believed[3, :size])
        promise[list(self._waiting)] += 1.0
        promise[self.best] += 9.0
        return np.sort(np.argsort(-promise, kind="stable")[:ACTIVE])
