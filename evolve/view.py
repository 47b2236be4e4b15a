"""What a strategy sees of a search: everything found up to one decision, and nothing after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.records import Candidate, Score, Standing, Trace
from evolve.answers import extract, normalise
from evolve.objective import Objective
from evolve.standings import Floats
from evolve.tasks.base import TaskInput
from search_spaces.config import SystemConfig
from search_spaces.space import SearchSpace


@dataclass(frozen=True)
class Example:
    """How a candidate did on a task that the search learns from; never on a sealed one."""

    task: TaskInput
    domain: str
    score: Score
    failure: str
    read_trace: Callable[[], Trace | None]
    """How it worked, read when asked for; None where texts are not kept."""

    @cached_property
    def said(self) -> "Said | None":
        """What was answered, normalised; None where texts are not kept."""
        trace = self.read_trace()
        if trace is None:
            return None
        return Said(
            normalise(trace.answer),
            {step.agent: normalise(extract(step.text)) for step in trace.steps},
        )


class Said(NamedTuple):
    """The answer to a task and those of all agents, normalised: equal ones are the same answer."""

    answer: str
    agents: Mapping[str, str]
    """What each agent answered last, by its name; empty where it gave no answer."""


Examples: TypeAlias = Callable[[int], Sequence[Example]]
"""The examples of a candidate, by its number, in the order in which they were taken."""


def no_examples(candidate: int) -> Sequence[Example]:
    """Nothing is remembered of anybody."""
    return ()


Foresight: TypeAlias = Callable[[SystemConfig, Sequence[int]], bool]
"""Something that can be told of a configuration and its parents' numbers beforehand."""


def never(config: SystemConfig, parents: Sequence[int]) -> bool:
    """It is true of nobody."""
    return False


@dataclass(frozen=True)
class ArchiveView:
    """Candidates and their standings as they were when a proposal was decided.

    Arrays are indexed by candidate number; candidates without evaluations stand at their prior.

    Attributes:
        space: What is searched.
        objective: What is searched for.
        candidates: Everyone, by number.
        mean: Posterior means of the true scores.
        deviation: Their posterior deviations.
        usd: The mean cost of an evaluation, NaN where unknown.
        evaluations: How many scores each has.
        scores: The mean score of each on each task, NaN where unseen, shape (candidates, tasks).
        spent: What making and evaluating each took, in USD, or in calls where a price is unknown.
        progress: The share of the budget that is used, 0 to 1.
        examples: How candidates did, by their number.
        known_features: Features that views of the same search have worked out, by candidate.
        too_dear: Whether a child would surely cost more than the objective allows.
    """

    space: SearchSpace
    objective: Objective
    candidates: Sequence[Candidate]
    mean: Floats
    deviation: Floats
    usd: Floats
    evaluations: NDArray[np.int64]
    scores: Floats
    spent: Floats
    progress: float = 0.0
    examples: Examples = no_examples
    known_features: dict[int, Mapping[str, float]] = field(default_factory=dict)
    too_dear: Foresight = never

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
        usd = float(self.usd[candidate])
        return Standing(
            candidate=candidate,
            mean=float(self.mean[candidate]),
            deviation=float(self.deviation[candidate]),
            evaluations=int(self.evaluations[candidate]),
            usd=None if np.isnan(usd) else usd,
        )

    def find(self, config: SystemConfig) -> Candidate | None:
        """The candidate with that configuration's content id, if there is one."""
        return next((c for c in self.candidates if c.id == config.id), None)
