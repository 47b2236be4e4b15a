"""Judges with planted faults: chance, a bias to length, and none."""

import asyncio
import json
from collections.abc import Callable

import pytest

from archive.records import Rollout
from evolve.audit.judge import (
    PADDING,
    JudgeFindings,
    Marks,
    ProbedJudge,
    examine_judge,
    length_correlation,
)
from evolve.audit.noise import noise_of
from evolve.audit.repetitions import Repeated
from evolve.models.base import Models, Request
from evolve.models.scripted import Scripted
from evolve.prompts.headings import MESSAGE
from evolve.tasks.base import Task
from evolve.tasks.scorers.judge import Judge
from tests.evolve.audit.repeated import rollout, task

Marking = Callable[[str, int], int | str]
"""Points by answer and number of the verdict."""


def fair(answer: str, draw: int) -> int:
    return 10 if "right" in answer else 2


def wordy(answer: str, draw: int) -> int:
    """Two points more for an answer of more than 100 letters, one for more than 40."""
    return fair(answer, draw) // 2 + (len(answer) > 100) + (len(answer) > 40)


def moody(answer: str, draw: int) -> int:
    """One point more in every second verdict."""
    return fair(answer, draw) // 2 + draw % 2


def probed(marking: Marking, answers: list[tuple[Task, list[str]]]) -> list[Repeated]:
    """Tasks whose answers were marked by a probed judge."""

    def script(request: Request) -> str:
        answer = request.messages[1].content.partition(f"{MESSAGE} the answer\n")[2]
        points = marking(answer.split("```")[1].strip(), request.sample)
        return points if isinstance(points, str) else json.dumps({"reason": "", "points": points})

    models = Models({"j": Scripted(script=script)}, "j")
    judge = ProbedJudge.of(Judge(model="j")).bind(models)

    async def marked(asked: Task, answer: str) -> Rollout:
        score = await judge.score(asked, answer)
        return rollout(answer, score.value).model_copy(update={"score": score})

    async def all_marked() -> list[Repeated]:
        return [
            Repeated(asked, tuple([await marked(asked, answer) for answer in given]))
            for asked, given in answers
        ]

    return asyncio.run(all_marked())


def asked(count: int) -> list[tuple[Task, list[str]]]:
    """Tasks with two answers each, of different lengths, two in three right."""
    tasks = [task(f"t{n}", "right") for n in range(count)]
    words = ["right" if n % 3 else "wrong" for n in range(count)]
    return [
        (each, [f"{word} because {'it is so ' * (n % 7)}"] * 2)
        for n, (each, word) in enumerate(zip(tasks, words, strict=True))
    ]


def examined(marking: Marking, count: int = 30) -> JudgeFindings:
    repeated = probed(marking, asked(count))
    return examine_judge(repeated, ProbedJudge(model="j"), noise_of(repeated))


def test_a_fair_judge_shows_no_fault() -> None:
    found = examined(fair)
    assert (found.answers, found.differing, found.variance) == (30, 0, 0)
    assert (found.padded, found.padding) == (30, 0)
    assert found.length is None, "equally right answers have equal scores"
    assert found.share_of_noise is None


def test_a_bias_to_length_is_found_by_padding_and_by_lengths() -> None:
    found = examined(wordy)
    assert found.padding is not None
    assert found.padding_interval is not None
    assert found.length_interval is not None
    assert found.padding_interval[0] > 0.05
    assert found.padding <= 0.2
    assert found.length_interval[0] > 0.5
    assert found.differing == 0


def test_verdicts_that_vary_are_counted() -> None:
    found = examined(moody)
    assert (found.answers, found.differing) == (30, 30)
    assert found.variance == pytest.approx(0.05**2 * 2)
    assert found.padding == pytest.approx(-0.05), "beside the mean of the two verdicts"


def test_the_variance_of_verdicts_is_a_share_of_the_noise() -> None:
    judge, verdicts = ProbedJudge(model="j"), ([4, 6], [6, 4], [5, 5], [5, 5])
    marked = [
        rollout(f"x{place}", pair[0] / 10, [json.dumps({"points": each}) for each in pair])
        for place, pair in enumerate(verdicts)
    ]
    repeated = [Repeated(task("a"), tuple(marked[:2])), Repeated(task("b"), tuple(marked[2:]))]
    found = examine_judge(repeated, judge, noise_of(repeated))
    assert found.variance == pytest.approx(0.01)
    assert found.share_of_noise == 1.0


def test_the_score_is_the_first_verdict_and_every_verdict_is_kept() -> None:
    ((each),) = probed(moody, [(task("t", "right"), ["right"])])
    score = each.rollouts[0].score
    assert score.value == 0.5
    assert [step.sample for step in score.steps] == [0, 1, 2]


def test_answers_that_a_padding_would_cut_are_not_padded() -> None:
    repeated = probed(fair, [(task(f"t{n}"), ["x" * 15_950] * 2) for n in range(3)])
    found = examine_judge(repeated, ProbedJudge(model="j"), noise_of(repeated))
    assert (found.answers, found.padded, found.padding) == (3, 0, None)


def test_a_further_verdict_that_cannot_be_read_is_left_out_and_paid() -> None:
    repeated = probed(lambda answer, draw: "Hm." if draw else 5, asked(12))
    found = examine_judge(repeated, ProbedJudge(model="j"), noise_of(repeated))
    assert (found.answers, found.padded) == (0, 0)
    assert len(repeated[0].rollouts[0].score.steps) == 5, "one, and two with their repairs"


def test_the_worst_case_covers_all_verdicts() -> None:
    models, judge = Models({"j": Scripted(script={})}, "j"), Judge(model="j", points=5)
    longest = task("t").input
    once, all_of_them = judge.worst(longest, models), ProbedJudge.of(judge).worst(longest, models)
    assert all_of_them.calls == 3 * once.calls
    assert all_of_them.tokens == 3 * once.tokens
    assert ProbedJudge.of(judge).points == 5


def test_being_right_is_no_effect_of_length() -> None:
    """Right answers are longer and score higher; within each group nothing differs in order."""
    marks = [Marks(task(f"r{n}", "yes"), "yes" + "x" * 50 * n, (0.9,), None) for n in range(9)]
    marks += [Marks(task(f"w{n}", "yes"), "n" * n, (0.1 * (n % 2),), None) for n in range(1, 9)]
    count, ranked, interval = length_correlation(marks)
    assert count == 17
    assert ranked is not None
    assert interval is not None
    assert interval[0] < 0 < interval[1]
    assert abs(ranked) < 0.3
    assert length_correlation(marks[:4]) == (0, None, None)
    assert PADDING.isascii()
