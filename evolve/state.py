"""What a search has learned: a function of its seeds and the results taken, in order.

A running search and a resumed one go through the same few methods, so they cannot drift apart.
"""

import io
from collections.abc import Sequence

import numpy as np

from archive.records import Birth, Candidate, Purpose, Rollout, Usage
from evolve.ledger import NOTHING, Budget, Ledger, Spend
from evolve.objective import Objective
from evolve.standings import Floats, Standings
from evolve.tasks.base import Task
from evolve.view import ArchiveView, Examples, no_examples
from search_spaces.space import SearchSpace

FRUITLESS_PROPOSALS = 30
"""Proposals in a row without a new candidate after which a strategy rests until more is learned."""

NOTHING_TO_PROPOSE = "nothing to propose"
"""The reason of a birth that a strategy declined."""

_PURPOSES: tuple[Purpose, ...] = ("search", "propose", "confirm")


class SearchState:
    """Candidates, their standings and the ledger."""

    def __init__(self, tasks: Sequence[Task], budget: Budget) -> None:
        """Starts with nothing learned.

        Args:
            tasks: The validation tasks in the order that all candidates share.
            budget: The caps of the run.
        """
        self.tasks = tasks
        self.column = {task.number: column for column, task in enumerate(tasks)}
        self.candidates: list[Candidate] = []
        self.number_of: dict[str, int] = {}
        self.standings = Standings(len(tasks))
        self.ledger = Ledger(budget)
        self.used: list[Spend] = []
        self.making: list[Spend] = []
        self.confirmed: dict[tuple[int, int], Rollout] = {}
        self.taken = 0
        self.fruitless = 0
        self.last_at = 0.0
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

    def add(self, candidate: Candidate, making: Spend = NOTHING) -> None:
        """A candidate joins; ``making`` is what the proposal took."""
        self.candidates.append(candidate)
        self.number_of[candidate.id] = candidate.number
        self.standings.add([parent.candidate for parent in candidate.parents])
        self.used.append(NOTHING)
        self.making.append(making)

    def best_seed(self) -> int:
        """The number of the seed with the highest posterior mean; the first one's in a tie."""
        mean = self.standings.mean
        seeds = [c.number for c in self.candidates if c.operator == "seed"]
        return max(seeds, key=lambda number: float(mean[number]))

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
        )

    def learn(self, result: Rollout | Birth, born: Candidate | None = None) -> None:
        """Takes a result in.

        Args:
            result: A settled rollout or proposal.
            born: The new candidate, if the result is a proposal that made one.
        """
        self.taken += 1
        self.last_at = result.at
        if isinstance(result, Birth):
            usage = sum((step.usage for step in result.steps), Usage())
            making = Spend.of(usage, 0)
            self.ledger.settle(result.decision, "propose", making)
            if born is not None:
                self.add(born, making)
                self.fruitless = 0
            elif result.reason == NOTHING_TO_PROPOSE:
                self.fruitless = FRUITLESS_PROPOSALS
            else:
                self.fruitless += 1
            return
        usage = result.trace.usage
        spend = Spend.of(usage, 1)
        self.ledger.settle(result.decision, result.purpose, spend)
        if result.purpose == "confirm":
            self.confirmed[result.candidate, result.task] = result
        else:
            self.used[result.candidate] = self.used[result.candidate].plus(spend)
            column = self.column[result.task]
            self.standings.tell(result.candidate, column, result.score.value, usage.usd)
            if self.strategy_rests:
                self.fruitless = 0

    def _spent(self) -> Floats:
        """What each candidate took, in one currency for all."""
        spends = [made.plus(used) for made, used in zip(self.making, self.used, strict=True)]
        if any(spend.usd is None for spend in spends):
            return np.array([spend.calls for spend in spends], dtype=np.float64)
        return np.array([spend.usd for spend in spends], dtype=np.float64)

    def save(self) -> bytes:
        """The standings and the ledger, to the last bit."""
        spends = [self.ledger.by_purpose.get(purpose, Spend()) for purpose in _PURPOSES]
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            counters=np.array([self.taken, self.fruitless]),
            last_at=self.last_at,
            spends=_table(spends),
            used=_table(self.used),
            making=_table(self.making),
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
            spends = zip(_PURPOSES, _spends(parts["spends"]), strict=True)
            self.ledger.by_purpose = {purpose: spend for purpose, spend in spends if any(spend)}
            self.used = _spends(parts["used"])
            kept = "making" in parts  # snapshots did not always have it
            self.making = _spends(parts["making"]) if kept else [NOTHING] * len(self.used)
        self.candidates = list(candidates[: len(self.standings)])
        self.number_of = {candidate.id: candidate.number for candidate in self.candidates}


def _table(spends: Sequence[Spend]) -> Floats:
    rows = [[np.nan if amount is None else amount for amount in spend] for spend in spends]
    return np.array(rows, dtype=np.float64).reshape(-1, len(Spend._fields))


def _spends(table: Floats) -> list[Spend]:
    return [
        Spend(None if np.isnan(usd) else usd, int(evaluations), int(calls), int(tokens))
        for usd, evaluations, calls, tokens in table.tolist()
    ]
