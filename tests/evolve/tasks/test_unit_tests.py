"""Coding tasks: the program that an answer makes, and its score."""

import asyncio
from typing import Any

import pytest

from evolve.answers.reading import extract
from evolve.errors import RunError
from evolve.sandbox.base import UNSAFE
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.unit_tests import UnitTests
from evolve.tasks.unit_tests import code_in, job_of, problem_of

HUMANEVAL: dict[str, Any] = {
    "prompt": "def half(x):\n    return x / 2\n\n\ndef double(x):\n    '''Doubles.'''\n",
    "entry_point": "double",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n"
    "    assert half(candidate(3)) == 3\n",
}
MBPP: dict[str, Any] = {
    "test_imports": ["import math"],
    "test_list": [
        "assert math.isclose(sum(1, 2), 3)",
        "assert sorted(twice([2, 1])) == [1, 1, 2, 2]",
    ],
    "code": "def sum(a, b):\n    return a + b\ndef twice(x):\n    return x + x\n",
}


@pytest.fixture(autouse=True)
def _without_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv(UNSAFE, "1")


def score(row: dict[str, Any], answer: str) -> tuple[float, str]:
    task = Task(number=0, input=TaskInput(id="0", text="?"), answer=row)
    scorer = UnitTests(sandbox={"bubblewrap": {"processes": 1024, "memory_mb": 1024, "wall_s": 20}})
    scored = asyncio.run(scorer.score(task, answer))
    return scored.value, scored.feedback


@pytest.mark.parametrize(
    "answer",
    [
        "    return 2 * x",
        "return 2 * x",
        "def double(x):\n    return 2 * x",
        "```python\ndef double(x):\n    return 2 * half(2 * x)\n```",
        "First:\n```python\nTWO = 2\n```\nthen\n```python\ndef double(x):\n    return TWO * x\n```",
    ],
)
def test_a_function_may_be_completed_or_rewritten(answer: str) -> None:
    assert score(HUMANEVAL, answer) == (1.0, "All tests pass.")


def test_feedback_names_the_failing_test() -> None:
    value, feedback = score(HUMANEVAL, "return x ** 2")
    assert value == 0.0
    assert feedback == "The tests fail at `assert half(candidate(3)) == 3`: it does not hold"


def test_a_function_may_have_the_name_of_one_of_pythons_own() -> None:
    assert job_of(MBPP, "").names == ("sum", "twice")
    assert score(MBPP, MBPP["code"])[0] == 1.0
    assert score(MBPP, "def sum(a, b): return 3\ndef twice(x): return x")[0] == 0.0


def test_no_other_of_pythons_own_is_taken_from_a_program() -> None:
    lie = "def sorted(x): return 0\ndef sum(a, b): return 3\ndef twice(x): return [1, 1, 2, 2, 2]"
    assert score(MBPP, lie)[0] == 0.0


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("text", "set `answer: null`"),
        ({"prompt": "x"}, "expected `prompt`, `test` and `entry_point`, or `test_list`"),
        ({"test_list": ["assert ("]}, "is no Python"),
        (HUMANEVAL, ""),
        (MBPP, ""),
    ],
)
def test_rows_are_checked(row: object, problem: str) -> None:
    assert problem in problem_of(row)
    assert bool(problem) == bool(problem_of(row))


def test_without_a_sandbox_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(UNSAFE)
    with pytest.raises(RunError, match="bubblewrap is not installed; install bubblewrap"):
        UnitTests().require()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("So:\n```python\nanswer = 1\nprint(answer)\n```", "answer = 1\nprint(answer)"),
        ("Answer:\n```python\nanswer: int = 3\nx = 2\n```\n", "answer: int = 3\nx = 2"),
        ("```python\nanswer = 1\n```\nAnswer: 7", "7"),
        ("```\nAnswer: 42\n```", "42"),
    ],
)
def test_code_in_a_reply_is_an_answer_and_no_mark_of_one(text: str, answer: str) -> None:
    assert extract(text) == answer


def test_code_is_taken_out_of_fences() -> None:
    assert code_in("a\n```python\nx = 1\n```\nb\n```\ny = 2") == "x = 1\n\n\ny = 2"
    assert code_in("x = 1") == "x = 1"
