"""The state of a search: a function of its seeds and the results seen, in order.

A running search and a resumed one use the same few methods, so their states cannot differ.
"""

import math
from collections.abc import Sequence

from archive.records import (
    Candidate,
    CostUnit,
    ProposalResult,
    Rollout,
    Step,
    Unscored,
    Usage,
)
from evolve.budget.ledger import NOTHING, Budget, Ledger, Spend
from evolve.budget.list_price import ListPrice, unlisted
from evolve.budget.overruns import PROPOSALS, VERDICTS
from evolve.engine.consumption import Consumption
from evolve.engine.population import Population
from evolve.engine.tasks import SearchTasks
from evolve.engine.unscored import UnscoredAnswers
from evolve.standings import Standings
from evolve.standings.lineage import near_parents
from evolve.tasks.base import Task

FAILED_PROPOSALS = 30
"""Proposals in a row without a new candidate after which the strategy counts as exhausted."""


class SearchState:
    """Candidates, their standings and the ledger.

    Attributes:
        tasks: The tasks, in the order that all candidates share.
        candidates: The candidates, by number.
        standings: Their posterior scores and costs.
        ledger: What was spent and is reserved.
        consumption: The spend and seconds of each candidate.
        confirmed: The rollouts on sealed tasks by candidate and number of the task.
        unscored: The answers that could not be scored.
        unit: What the costs of evaluations are counted in.
        list_price: What systems would cost by the price list.
        results_seen: The number of results observed.
        failed_proposals: The number of proposals in a row without a new candidate.
        last_at: The run's clock at the last result.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        budget: Budget,
        unit: CostUnit,
        list_price: ListPrice = unlisted,
    ) -> None:
        """Starts without candidates and results.

        Args:
            tasks: The validation tasks in the order that all candidates share.
            budget: The caps of the run.
            unit: What the costs of evaluations are counted in.
            list_price: What systems would cost by the price list; only what is bought next
                depends on it.
        """
        self.tasks = SearchTasks(tasks)
        self.candidates = Population()
        self.standings = Standings(len(tasks))
        self.ledger = Ledger(budget)
        self.consumption = Consumption(unit)
        self.confirmed: dict[tuple[int, int], Rollout] = {}
        self.unscored = UnscoredAnswers()
        self.unit: CostUnit = unit
        self.list_price = list_price
        self.results_seen = 0
        self.failed_proposals = 0
        self.last_at = 0.0

    @property
    def strategy_exhausted(self) -> bool:
        """Whether the strategy is not asked again until there are new results."""
        return self.failed_proposals >= FAILED_PROPOSALS

    @property
    def abandoned(self) -> set[tuple[int, int]]:
        """The (candidate, column) pairs that are not evaluated again."""
        column = self.tasks.column
        return {(one, column[task]) for one, task in self.unscored.abandoned if task in column}

    def best_seed(self) -> int:
        """The number of the seed with the highest posterior mean; the first one's in a tie."""
        return self.seeds_by_mean()[0]

    def seeds_by_mean(self) -> list[int]:
        """The numbers of the seeds, the highest posterior mean first."""
        mean = self.standings.mean
        return sorted(self.candidates.seeds, key=lambda number: -float(mean[number]))

    def add(self, candidate: Candidate, making: Spend = NOTHING) -> None:
        """Adds a candidate; `making` is the spend on its proposal."""
        self.candidates.add(candidate)
        parents = near_parents(candidate, self.candidates)
        self.standings.add(parents, self.list_price(candidate.config))
        self.consumption.add(making)

    def observe(
        self,
        result: Rollout | ProposalResult | Unscored,
        added: Candidate | None = None,
        since: float = math.inf,
    ) -> None:
        """Adds a result.

        Args:
            result: A settled rollout, with a score or without, or a proposal result.
            added: The new candidate, if the result is a proposal that made one.
            since: The run's clock at the decision, if the duration is to be counted.
        """
        self.results_seen += 1
        self.last_at = result.at
        seconds = max(0.0, result.at - since)
        if isinstance(result, ProposalResult):
            self.consumption.lasted("propose", seconds)
            self._observe_proposal(result, added)
        else:
            self.consumption.lasted("search", seconds)
            self._observe_evaluation(result, seconds)

    def _observe_proposal(self, result: ProposalResult, added: Candidate | None) -> None:
        usage = Usage.total(step.usage for step in result.steps)
        making = Spend.of(usage, 0)
        self.consumption.observe([PROPOSALS], usage)
        self.ledger.settle(result.decision, "propose", making)
        if added is not None:
            self.add(added, making)
            self.failed_proposals = 0
        elif result.outcome == "declined":
            self.failed_proposals = FAILED_PROPOSALS
        else:
            self.failed_proposals += 1

    def _observe_evaluation(self, result: Rollout | Unscored, seconds: float) -> None:
        if isinstance(result, Unscored):
            self._settle(result, result.steps, seconds)
            self.unscored.add(result.candidate, result.task, given_up=result.given_up)
            return
        self._settle(result, result.score.steps, seconds)
        self.unscored.in_a_row = 0
        if result.purpose == "confirm":
            self.confirmed[result.candidate, result.task] = result
            return
        column, cost = self.tasks.column[result.task], result.trace.usage.cost(self.unit)
        self.standings.observe(result.candidate, column, result.score.value, cost)
        if self.strategy_exhausted:  # one more proposal after each new score
            self.failed_proposals = FAILED_PROPOSALS - 1

    def _settle(self, result: Rollout | Unscored, judging: Sequence[Step], seconds: float) -> None:
        """Books the spend of an evaluation and its judge."""
        spend = Spend.of(result.trace.usage, 1)
        models = self.candidates.models[result.candidate]
        self.consumption.observe(models, result.trace.usage)
        self.ledger.settle(result.decision, result.purpose, spend)
        if judging:
            usage = Usage.total(step.usage for step in judging)
            judged = Spend.of(usage, 0)
            self.consumption.observe([VERDICTS], usage)
            self.ledger.settle(result.decision, "judge", judged)
            spend = spend.plus(judged)
        if result.purpose != "confirm":
            self.consumption.evaluated(result.candidate, spend, seconds)
