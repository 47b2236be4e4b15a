"""A strategy's view of a search: everything observed up to one decision, nothing after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.records import Candidate, Score, Standing, Trace
from evolve.answers.reading import extract, normalise
from evolve.standings import Floats
from evolve.standings.objective import Objective
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig
from search_spaces.space import SearchSpace


@dataclass(frozen=True)
class Example:
    """A candidate's result on a task of the search, never on a sealed one."""

    task: TaskInput
    domain: str
    score: Score
    failure: str
    read_trace: Callable[[], Trace | None]
    """Reads the trace when called; None if texts are not kept."""

    @cached_property
    def answers(self) -> "Answers | None":
        """The normalised answers; None if texts are not kept."""
        trace = self.read_trace()
        if trace is None:
            return None
        return Answers(
            normalise(trace.answer),
            {step.agent: normalise(extract(step.text)) for step in trace.steps},
        )


class Answers(NamedTuple):
    """The answer of a system and those of its agents, normalised so that equal texts are equal."""

    system: str
    agents: Mapping[str, str]
    """The last answer of each agent, by its name; empty if it gave none."""


Examples: TypeAlias = Callable[[int], Sequence[Example]]
"""The examples of a candidate, by its number, in the order of results."""


def no_examples(candidate: int) -> Sequence[Example]:
    """No candidate has examples."""
    return ()


CostCheck: TypeAlias = Callable[[SystemConfig, Sequence[int]], bool]
"""Whether a child would cost too much, by its configuration and its parents' numbers."""


def no_cost_limit(config: SystemConfig, parents: Sequence[int]) -> bool:
    """No child costs too much."""
    return False


@dataclass(frozen=True)
class ArchiveView:
    """Candidates and their standings as they were when a proposal was decided.

    Arrays are indexed by candidate number; candidates without evaluations have their prior.

    Attributes:
        space: The search space.
        objective: The definition of the best candidate.
        candidates: All candidates, by number.
        mean: Posterior means of the true scores.
        deviation: Posterior deviations of the true scores.
        cost: The mean cost of an evaluation in the objective's unit, NaN where unknown.
        evaluations: How many scores each candidate has.
        scores: The mean score of each on each task, NaN where unseen, shape (candidates, tasks).
        spent: The spend on proposing and evaluating each candidate, in USD or tokens if that is the
            objective's unit and known, else in calls.
        progress: The share of the budget that is used, 0 to 1.
        examples: Returns the examples of a candidate, by its number.
        known_features: Features computed by earlier views of the same search, by candidate.
        exceeds_cost: Whether even a lower bound of a child's cost exceeds the objective's.
    """

    space: SearchSpace
    objective: Objective
    candidates: Sequence[Candidate]
    mean: Floats
    deviation: Floats
    cost: Floats
    evaluations: NDArray[np.int64]
    scores: Floats
    spent: Floats
    progress: float = 0.0
    examples: Examples = no_examples
    known_features: dict[int, Mapping[str, float]] = field(default_factory=dict)
    exceeds_cost: CostCheck = no_cost_limit

    @property
    def evaluated(self) -> list[Candidate]:
        """The candidates with at least one evaluation."""
        return [c for c in self.candidates if self.evaluations[c.number]]

    def features(self, candidate: int) -> Mapping[str, float]:
        """The configuration of a candidate as numbers, by its number."""
        if candidate not in self.known_features:
            found = self.space.features(self.candidates[candidate].config)
            self.known_features[candidate] = found
        return self.known_features[candidate]

    def standing(self, candidate: int) -> Standing:
        """What is believed about a candidate, by its number."""
        cost = float(self.cost[candidate])
        return Standing(
            candidate=candidate,
            mean=float(self.mean[candidate]),
            deviation=float(self.deviation[candidate]),
            evaluations=int(self.evaluations[candidate]),
            cost=None if np.isnan(cost) else cost,
        )

    def find(self, config: SystemConfig) -> Candidate | None:
        """The candidate with that configuration's content id, if there is one."""
        return next((c for c in self.candidates if c.id == config.id), None)
