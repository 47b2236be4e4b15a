"""How much the score of one system on one task differs between repetitions."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from math import fsum
from statistics import fmean

from pydantic import Field

from evolve.answers.reading import normalise
from evolve.audit.repetitions import Repeated
from evolve.evidence.intervals import mean_interval
from search_spaces.frozen import Frozen


class Noise(Frozen):
    """The variance of scores between repetitions and between tasks."""

    tasks: int = Field(description="Tasks with at least two scores.")
    evaluations: int = Field(description="Their scores.")
    differing: int = Field(description="Tasks whose repetitions have different scores.")
    changed: float = Field(description="How often a repetition has another score.")
    changed_interval: tuple[float, float]
    within: float = Field(description="The variance between repetitions of a task.")
    between: float = Field(description="The variance between the mean scores of tasks.")
    icc: float | None = Field(
        description="The intraclass correlation: the share of the variance that lies between "
        "tasks; None: all scores are equal."
    )
    scorer_differs: int = Field(description="Tasks on which equal answers got different scores.")

    @property
    def variance(self) -> float:
        """The variance of a score."""
        return self.within + self.between


def noise_of(repeated: Sequence[Repeated]) -> Noise:
    """The noise of repeated scores.

    Args:
        repeated: Tasks; those with one score are left out, and two of the others are needed.
    """
    every = [each for each in repeated if len(each.rollouts) > 1]
    scores = [each.scores for each in every]
    changed = [fmean(a != b for a, b in combinations(each, 2)) for each in scores]
    within, between = variance_components(scores)
    total = within + between
    return Noise(
        tasks=len(every),
        evaluations=sum(map(len, scores)),
        differing=sum(len(set(each)) > 1 for each in scores),
        changed=fmean(changed),
        changed_interval=mean_interval(changed),
        within=within,
        between=between,
        icc=between / total if total else None,
        scorer_differs=sum(map(_equal_answers_differ, every)),
    )


def variance_components(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The variance within groups and between their means, by one-way analysis of variance.

    The share of the second one is the intraclass correlation ICC(1) of Shrout & Fleiss, "Intraclass
    correlations: uses in assessing rater reliability", 1979; for groups of different size, their
    mean size is adjusted as in Searle, "Linear Models", 1971, section 9.9. A negative estimate of
    the variance between groups is 0.

    Args:
        groups: At least two groups, one of them with two values.
    """
    sizes, count = [len(group) for group in groups], sum(map(len, groups))
    grand = fsum(value for group in groups for value in group) / count
    means = [fmean(group) for group in groups]
    inside = fsum(
        (value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group
    )
    outside = fsum(size * (mean - grand) ** 2 for size, mean in zip(sizes, means, strict=True))
    within = inside / (count - len(groups))
    typical = (count - sum(size**2 for size in sizes) / count) / (len(groups) - 1)
    between = (outside / (len(groups) - 1) - within) / typical
    return within, max(0.0, between)


def worth(trials: int, icc: float) -> float:
    """How many tasks with one trial each so many trials of one task are worth.

    n / (1 + (n − 1)ρ) (Kish, "Survey sampling", 1965, section 5.4).

    Args:
        trials: The number of trials.
        icc: The intraclass correlation ρ.
    """
    return trials / (1 + (trials - 1) * icc)


def _equal_answers_differ(each: Repeated) -> bool:
    """Whether one answer to a task got different scores."""
    scores: dict[str, set[float]] = defaultdict(set)
    for rollout in each.rollouts:
        if not rollout.trace.failure:
            scores[normalise(rollout.trace.answer)].add(rollout.score.value)
    return any(len(different) > 1 for different in scores.values())
