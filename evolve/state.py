"""What a search has learned: a function of its seeds and the results taken, in order.

A running search and a resumed one go through the same few methods, so they cannot drift apart.
"""

import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from archive.records import Birth, Candidate, Purpose, Rollout, Step, Unscored, Usage
from evolve.excess import PROPOSALS, VERDICTS, Excess, models_of
from evolve.expected import Expected, expect
from evolve.ledger import NOTHING, Budget, Ledger, Spend
from evolve.list_price import ListPrice, unlisted
from evolve.objective import Objective
from evolve.spends import Spends
from evolve.standings import Floats, Standings
from evolve.tasks.base import Task
from evolve.view import ArchiveView, Examples, Foresight, never, no_examples
from search_spaces.space import SearchSpace

FRUITLESS_PROPOSALS = 30
"""Proposals in a row without a new candidate after which it is asked once a result at most."""

ATTEMPTS = 3
"""Answers of one candidate to one task that nobody could score; no further one is bought."""

NOTHING_TO_PROPOSE = "nothing to propose"
"""The reason of a birth that a strategy declined."""

WOULD_NOT_FIT = "evaluating it would not fit"
"""The reason of a birth that came too late: what is left of the budget does not cover it."""

_PURPOSES: tuple[Purpose, ...] = ("search", "propose", "confirm", "judge", "lost")


class SearchState:
    """Candidates, their standings and the ledger."""

    def __init__(
        self, tasks: Sequence[Task], budget: Budget, list_price: ListPrice = unlisted
    ) -> None:
        """Starts with nothing learned.

        Args:
            tasks: The validation tasks in the order that all candidates share.
            budget: The caps of the run.
            list_price: What systems would cost by the price list; only what is bought next
                depends on it.
        """
        self._list_price = list_price
        self.tasks = tasks
        self.column = {task.number: column for column, task in enumerate(tasks)}
        self.candidates: list[Candidate] = []
        self.number_of: dict[str, int] = {}
        self.seeds: list[int] = []
        self.standings = Standings(len(tasks))
        self.ledger = Ledger(budget)
        self.used = Spends()
        self.making = Spends()
        self.confirmed: dict[tuple[int, int], Rollout] = {}
        self.excess = Excess()
        self.slowest: dict[Purpose, float] = {}
        self.seconds: list[float] = []
        """What the evaluations of each candidate took, all together."""
        self.taken = 0
        self.fruitless = 0
        self.unscored = Counter[tuple[int, int]]()
        self.unscored_in_a_row = 0
        self.last_at = 0.0
        self.expected_as_of = 0, 0, 0
        """When `expected` was looked at: at every fit, birth and first score of a candidate."""
        self._expected: Expected | None = None
        self._models: list[frozenset[str]] = []
        self._features: dict[int, Mapping[str, float]] = {}
        self._by_number = {task.number: task for task in tasks}

    def task(self, number: int) -> Task:
        """The task of that number in the task file."""
        return self._by_number[number]

    def unseal(self, tasks: Sequence[Task]) -> None:
        """Makes sealed tasks known, to confirm on; nobody is ever chosen by them."""
        self._by_number |= {task.number: task for task in tasks}

    @property
    def strategy_rests(self) -> bool:
        """Whether asking for another proposal is pointless until more is learned."""
        return self.fruitless >= FRUITLESS_PROPOSALS

    def gave_up(self, candidate: int, task: int) -> bool:
        """Whether too many answers of a candidate to a task could not be scored."""
        return self.unscored[candidate, task] >= ATTEMPTS

    @property
    def given_up(self) -> set[tuple[int, int]]:
        """The (candidate, column) pairs of which no further answer is bought."""
        return {
            (candidate, self.column[task])
            for (candidate, task), times in self.unscored.items()
            if times >= ATTEMPTS and task in self.column
        }

    def add(self, candidate: Candidate, making: Spend = NOTHING) -> None:
        """A candidate joins; ``making`` is what the proposal took."""
        self.candidates.append(candidate)
        self._know(candidate)
        parents = [parent.candidate for parent in candidate.parents]
        self.standings.add(parents, self._list_price(candidate.config))
        self.used.add()
        self.seconds.append(0.0)
        self.making.add(making)
        self._look()

    @property
    def expected(self) -> Expected:
        """What an evaluation of each candidate takes, as of `expected_as_of`."""
        if self._expected is None:
            self._expected = self.expected_now()
        return self._expected

    def expected_now(self, candidates: NDArray[np.int64] | slice = slice(None)) -> Expected:
        """The same of some candidates, or of all, as known now."""
        costs = self.standings.costs
        usd, dearest = costs.expected[candidates], costs.bounds[1][candidates]
        return expect(self.used.rows[candidates], usd, dearest)

    def _look(self) -> None:
        """Looks at what is expected, if something relevant changed."""
        standings = self.standings
        evaluated = int(np.count_nonzero(standings.evaluations))
        as_of = len(standings), standings.fitted_at, evaluated
        if as_of != self.expected_as_of:
            self.expected_as_of, self._expected = as_of, None

    def _know(self, candidate: Candidate) -> None:
        self.number_of[candidate.id] = candidate.number
        self._models.append(models_of(candidate.config))
        if candidate.operator == "seed":
            self.seeds.append(candidate.number)

    def best_seed(self) -> int:
        """The number of the seed with the highest posterior mean; the first one's in a tie."""
        return self.seeds_by_mean()[0]

    def seeds_by_mean(self) -> list[int]:
        """The numbers of the seeds, the highest posterior mean first."""
        mean = self.standings.mean
        return sorted(self.seeds, key=lambda number: -float(mean[number]))

    def view(
        self, space: SearchSpace, objective: Objective, examples: Examples = no_examples
    ) -> ArchiveView:
        """What a strategy sees now; it does not change when the search goes on.

        Args:
            space: What is searched.
            objective: What is searched for.
            examples: How candidates did up to now.
        """
        return ArchiveView(
            space=space,
            objective=objective,
            candidates=tuple(self.candidates),
            mean=self.standings.mean.copy(),
            deviation=self.standings.deviation.copy(),
            usd=self.standings.usd.copy(),
            evaluations=self.standings.evaluations.copy(),
            scores=self.standings.scores,
            spent=self._spent(),
            progress=self.ledger.share,
            examples=examples,
            known_features=self._features,
            too_dear=self._too_dear(objective.cost_at_most),
        )

    def learn(
        self,
        result: Rollout | Birth | Unscored,
        born: Candidate | None = None,
        since: float = math.inf,
    ) -> None:
        """Takes a result in.

        Args:
            result: A settled rollout, with a score or without, or a proposal.
            born: The new candidate, if the result is a proposal that made one.
            since: The run's clock when it was decided on, where that is of interest.
        """
        self._learn(result, born, since)
        self._look()
        # Now, not when it is asked for: a resumed search asks at other moments.
        self._expected = self.expected

    def _learn(
        self, result: Rollout | Birth | Unscored, born: Candidate | None, since: float
    ) -> None:
        self.taken += 1
        self.last_at = result.at
        kind: Purpose = "propose" if isinstance(result, Birth) else "search"
        took = max(0.0, result.at - since)
        self.slowest[kind] = max(self.slowest.get(kind, 0.0), took)
        if isinstance(result, Birth):
            usage = Usage.total(step.usage for step in result.steps)
            making = Spend.of(usage, 0)
            self.excess.learn([PROPOSALS], usage)
            self.ledger.settle(result.decision, "propose", making)
            if born is not None:
                self.add(born, making)
                self.fruitless = 0
            elif result.reason == NOTHING_TO_PROPOSE:
                self.fruitless = FRUITLESS_PROPOSALS
            else:
                self.fruitless += 1
            return
        if isinstance(result, Unscored):
            self._settle(result, result.steps, took)
            self.unscored[result.candidate, result.task] += 1
            self.unscored_in_a_row += 1
            return
        self._settle(result, result.score.steps, took)
        self.unscored_in_a_row = 0
        if result.purpose == "confirm":
            self.confirmed[result.candidate, result.task] = result
        else:
            column, usd = self.column[result.task], result.trace.usage.usd
            self.standings.tell(result.candidate, column, result.score.value, usd)
            if self.strategy_rests:  # one more try, now that more is known
                self.fruitless = FRUITLESS_PROPOSALS - 1

    def _too_dear(self, most: float | None) -> Foresight:
        """What tells children that surely cost more than is allowed, by what is known now."""
        if most is None:
            return never
        costs, listed = self.standings.costs.copy(), self._list_price
        return lambda config, parents: costs.least(parents, listed(config)) > most

    def _spent(self) -> Floats:
        """What each candidate took, in one currency for all."""
        spends = self.making.rows + self.used.rows
        unpriced = np.isnan(spends[:, Spend._fields.index("usd")]).any()
        return spends[:, Spend._fields.index("calls" if unpriced else "usd")]

    def _settle(self, result: Rollout | Unscored, judging: Sequence[Step], took: float) -> None:
        """Books what an evaluation took, seconds included, and what its judge did."""
        spend = Spend.of(result.trace.usage, 1)
        self.excess.learn(self._models[result.candidate], result.trace.usage)
        self.ledger.settle(result.decision, result.purpose, spend)
        if judging:
            usage = Usage.total(step.usage for step in judging)
            judged = Spend.of(usage, 0)
            self.excess.learn([VERDICTS], usage)
            self.ledger.settle(result.decision, "judge", judged)
            spend = spend.plus(judged)
        if result.purpose != "confirm":
            self.used.book(result.candidate, spend)
            self.seconds[result.candidate] += took

    def save(self) -> bytes:
        """The standings and the ledger, to the last bit."""
        spends = Spends()
        for purpose in _PURPOSES:
            spends.add(self.ledger.by_purpose.get(purpose, NOTHING))
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            counters=np.array([self.taken, self.fruitless]),
            unscored=np.array([[*pair, times] for pair, times in self.unscored.items()]),
            unscored_in_a_row=self.unscored_in_a_row,
            extremes=json.dumps([self.excess.seen, self.slowest, self.seconds]),
            last_at=self.last_at,
            spends=spends.rows,
            used=self.used.rows,
            making=self.making.rows,
            **self.expected._asdict(),
            standings=np.frombuffer(self.standings.state(), dtype=np.uint8),
        )
        return buffer.getvalue()

    def load(self, saved: bytes, candidates: Sequence[Candidate]) -> None:
        """Becomes what `save` described.

        Args:
            saved: What `save` returned.
            candidates: At least the candidates that there were then, by number.
        """
        with np.load(io.BytesIO(saved), allow_pickle=False) as parts:
            self.taken, self.fruitless = (int(counter) for counter in parts["counters"])
            self.last_at = float(parts["last_at"])
            self.standings = Standings.restore(parts["standings"].tobytes())
            if "unscored" in parts:  # snapshots of older versions know of none
                rows = parts["unscored"].reshape(-1, 3).tolist()
                self.unscored.update({(int(c), int(t)): int(times) for c, t, times in rows})
                self.unscored_in_a_row = int(parts["unscored_in_a_row"])
            self.seconds = [0.0] * len(self.standings)
            if "extremes" in parts:
                seen, self.slowest, *seconds = json.loads(str(parts["extremes"]))
                self.excess = Excess(seen)
                self.seconds = seconds[0] if seconds else self.seconds
            # Purposes are only ever added, at the end.
            spends = Spends.of(parts["spends"])
            for place, purpose in enumerate(_PURPOSES[: len(spends.rows)]):
                if any(spends[place]):
                    self.ledger.know(purpose, spends[place])
            self.used = Spends.of(parts["used"])
            kept = "making" in parts  # snapshots did not always have it
            self.making = Spends.of(parts["making"] if kept else np.zeros_like(parts["used"]))
            self._look()
            if "sure" in parts:
                self._expected = Expected(*(parts[name] for name in Expected._fields))
        self.candidates = list(candidates[: len(self.standings)])
        for candidate in self.candidates:
            self._know(candidate)
