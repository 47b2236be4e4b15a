"""How far a judge's verdicts depend on chance, and on the length of an answer.

The judge of the audited run gives several verdicts on each answer, and one on the answer with a
padding that says nothing. All of them are booked as judging and lie in the archive as the steps of
the answer's score; `Step.sample` is the number of the verdict, and the last one is on the padded
answer.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import atanh, sqrt, tanh
from statistics import StatisticsError, correlation, fmean, variance
from typing import NamedTuple

from pydantic import Field

from archive.records import Rollout, Score, Step, Usage
from evolve.answers.reading import normalise
from evolve.answers.thoughts import without_thoughts
from evolve.audit.noise import Noise
from evolve.audit.repetitions import Repeated
from evolve.errors import UnscoredError
from evolve.evidence.intervals import difference_interval
from evolve.models.base import Models
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.judge import Judge
from evolve.tasks.truths import alternatives
from evolve.tasks.verdicts import read_verdict
from search_spaces.frozen import Frozen

PADDING = (
    "The question has been read. What stands above is the reply to it, and the reply ends there. "
    "This line belongs to the form of the reply and not to what it says."
)
"""What is added to an answer: neither content nor praise."""

VERDICTS = 2
"""Verdicts on each answer as it is."""

FEWEST = 5
"""Answers of one kind whose lengths and scores are compared."""


class ProbedJudge(Judge):
    """A judge that also gives further verdicts on each answer, and one on the padded answer.

    The score is the first verdict, as without an audit. It has no options of its own, so the
    archive keeps those of the run's judge.
    """

    @classmethod
    def of(cls, judge: Judge) -> "ProbedJudge":
        """A judge with the options of another one."""
        return cls(**dict(judge))

    def worst(self, longest: TaskInput, models: Models) -> Usage:
        """What all verdicts on one answer may consume."""
        return Usage.total([super().worst(longest, models)] * (VERDICTS + 1))

    async def score(self, task: Task, answer: str) -> Score:
        """Asks the judge several times; a further verdict that cannot be read is left out.

        Raises:
            UnscoredError: The first verdict cannot be read.
            OutageError: Its endpoint does not answer.
        """
        first = await self.verdict(task, answer)
        steps = list(first.steps)
        probes = [(draw, answer) for draw in range(1, VERDICTS)]
        padded = f"{answer}\n\n{PADDING}"
        if answer and len(padded.encode()) <= self.answer_bytes:
            probes.append((VERDICTS, padded))
        for draw, text in probes:
            try:
                steps += (await self.verdict(task, text, draw)).steps
            except UnscoredError as error:
                steps += error.steps
        return first.model_copy(update={"steps": tuple(steps)})


class Marks(NamedTuple):
    """The verdicts on one answer, as shares of the points."""

    task: Task
    answer: str
    verdicts: tuple[float, ...]
    padded: float | None

    @property
    def effect(self) -> float | None:
        """What the padding brings; None: the padded answer has no verdict."""
        return None if self.padded is None else self.padded - fmean(self.verdicts)


class JudgeFindings(Frozen):
    """What the repeated verdicts of a judge show."""

    answers: int = Field(description="Different answers with at least two verdicts.")
    differing: int = Field(description="Answers whose verdicts differ.")
    variance: float = Field(description="The variance of verdicts on one answer.")
    share_of_noise: float | None = Field(
        description="Its share of the variance between repetitions; None: these do not differ."
    )
    padded: int = Field(description="Tasks whose answers were also marked with a padding.")
    padding: float | None = Field(description="How many points of the score a padding brings.")
    padding_interval: tuple[float, float] | None
    compared: int = Field(description="Answers whose lengths and scores were compared.")
    length: float | None = Field(
        description="The rank correlation of score and length among answers that are equally right."
    )
    length_interval: tuple[float, float] | None


def examine_judge(repeated: Sequence[Repeated], judge: Judge, noise: Noise) -> JudgeFindings:
    """What the verdicts in repeated evaluations show of a judge.

    Args:
        repeated: Tasks with the rollouts of one system, which that judge scored.
        judge: The judge.
        noise: The noise of the same scores.
    """
    by_task = [_marks(each, judge) for each in repeated]
    marks = [each for same in by_task for each in same]
    several = [each.verdicts for each in marks if len(each.verdicts) > 1]
    chance = fmean(map(variance, several)) if several else 0.0
    # Answers to one task are alike, so each task counts once.
    paddings = [[each.effect for each in same if each.effect is not None] for same in by_task]
    differences = [fmean(same) for same in paddings if same]
    enough = len(differences) > 1
    compared, ranked, interval = length_correlation([same[0] for same in by_task if same])
    return JudgeFindings(
        answers=len(several),
        differing=sum(len(set(each)) > 1 for each in several),
        variance=chance,
        share_of_noise=min(1.0, chance / noise.within) if noise.within else None,
        padded=len(differences),
        padding=fmean(differences) if enough else None,
        padding_interval=difference_interval(differences) if enough else None,
        compared=compared,
        length=ranked,
        length_interval=interval,
    )


def _marks(each: Repeated, judge: Judge) -> list[Marks]:
    """The verdicts on the different answers to a task; equal ones get the same verdicts."""
    found = (marks_of(each.task, rollout, judge) for rollout in each.rollouts)
    return list({marks.answer: marks for marks in found if marks is not None}.values())


def marks_of(task: Task, rollout: Rollout, judge: Judge) -> Marks | None:
    """The verdicts on the answer of a rollout; None if it was not judged."""
    points: dict[int, float] = {}
    for step in rollout.score.steps:
        if (share := _share(step, judge)) is not None:
            points[step.sample] = share
    verdicts = tuple(points[draw] for draw in range(VERDICTS) if draw in points)
    if not verdicts:
        return None
    return Marks(task, rollout.trace.answer, verdicts, points.get(VERDICTS))


def _share(step: Step, judge: Judge) -> float | None:
    """The share of points in a verdict; None if it cannot be read."""
    try:
        return read_verdict(without_thoughts(step.text).strip(), judge.points)[0] / judge.points
    except ValueError:
        return None


def length_correlation(
    marks: Sequence[Marks],
) -> tuple[int, float | None, tuple[float, float] | None]:
    """The rank correlation of first verdicts with the length of answers that are equally right.

    Answers count as equally right if all of them state the truth, or none does. Ranks are taken
    within these groups and centred, so that being right does not count as an effect of length.

    The 95 % interval is by Fisher's z with the variance 1.06/(n − 3) of Spearman's coefficient
    (Fieller, Hartley & Pearson, "Tests for rank correlation coefficients", 1957); n counts one less
    for each group but the first.

    Returns:
        The number of answers, the correlation and its interval; None where all lengths or all
        scores are equal.
    """
    groups: dict[bool, list[Marks]] = defaultdict(list)
    for each in marks:
        groups[_states_truth(each)].append(each)
    enough = [group for group in groups.values() if len(group) >= FEWEST]
    lengths = [rank for group in enough for rank in _ranks([len(m.answer) for m in group])]
    scores = [rank for group in enough for rank in _ranks([m.verdicts[0] for m in group])]
    count = len(scores)
    try:
        ranked = correlation(lengths, scores)
    except StatisticsError:  # none are compared, or all are equal
        return count, None, None
    reach = 1.96 * sqrt(1.06 / (count - 2 - len(enough)))
    middle = atanh(max(-0.999999, min(0.999999, ranked)))
    return count, ranked, (tanh(middle - reach), tanh(middle + reach))


def _ranks(values: Sequence[float]) -> Iterator[float]:
    """Centred ranks; equal values share their mean rank."""
    from scipy.stats import rankdata

    middle = (len(values) + 1) / 2
    return (float(rank) - middle for rank in rankdata(values))


def _states_truth(marks: Marks) -> bool:
    """Whether an answer is the truth or holds it."""
    answer = normalise(marks.answer)
    forms = [normalise(str(each)) for each in alternatives(marks.task.answer) or ()]
    return any(form and form in answer for form in forms)
