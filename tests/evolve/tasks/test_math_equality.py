r"""Equality as mathematics: 1/2 is \frac{1}{2}, and without comparison there is no score."""

import asyncio

import pytest

from evolve.errors import RunError, UnscoredError
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.math_equality import MathEquality


def scores(*pairs: tuple[str, str], **options: float) -> list[tuple[float, str]]:
    async def main() -> list[tuple[float, str]]:
        scorer = MathEquality(**{"workers": 1, **options})
        try:
            found = [
                await scorer.score(
                    Task(number=0, input=TaskInput(id="t", text="?"), answer=truth), given
                )
                for truth, given in pairs
            ]
        finally:
            await scorer.close()
        return [(score.value, score.feedback) for score in found]

    return asyncio.run(main())


EQUAL = [
    (r"\frac{1}{2}", "0.5"),
    (r"\left( 3, \frac{\pi}{2} \right)", "(3, pi/2)"),
    ("x^2 + 2x + 1", "(x+1)^2"),
    (r"so it is $\boxed{\dfrac{3}{4}}$.", r"\frac34"),
    (r"\text{Evelyn}", "Evelyn"),
    ("1,000", "1000"),
    (r"\sqrt{51}", r"$\sqrt{51}$"),
    ("the day after", "The day after."),
]
DIFFERENT = [
    ("10", "11"),
    ("3", ""),
    (r"\frac{1}{2}", r"\frac{1}{3}"),
    ("3", "banana {"),
    ("1", "1" * 3000),
]


@pytest.mark.full
def test_what_is_equal_as_mathematics() -> None:
    found = scores(*EQUAL, *DIFFERENT)
    assert [value for value, _ in found] == [1.0] * len(EQUAL) + [0.0] * len(DIFFERENT)
    assert found[len(EQUAL)][1] == "expected '10', got '11'"
    assert "no mathematics that can be read" in found[len(EQUAL) + 1][1]


@pytest.mark.full
def test_a_comparison_that_never_ends_is_killed_and_scores_nothing() -> None:
    with pytest.raises(
        UnscoredError, match=r"failed 2 times: no result within 1.5 s, so it was ki"
    ):
        scores(("2", "9^{9^{9^{9}}}"), timeout_s=1.5)


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolve.tasks.scorers.math_equality.find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"math_equality needs.*pip install 'evolve-mas\[math\]'"):
        MathEquality().require()
