import asyncio
import math
from typing import Any

import pytest
from pydantic import ValidationError

from archive.records import Score
from evolve.errors import TaskError
from evolve.sandbox.base import UNSAFE
from evolve.tasks.base import SCORERS, Scorer, Task, TaskInput
from evolve.tasks.scorers.choice import Choice
from evolve.tasks.scorers.exact import Exact
from evolve.tasks.scorers.numeric import Numeric
from evolve.tasks.scorers.python import Python
from evolve.tasks.scorers.token_f1 import TokenF1


def score(scorer: Scorer, truth: object, answer: str) -> Score:
    task = Task(number=0, input=TaskInput(id="t7", text="?"), answer=truth)
    return asyncio.run(scorer.score(task, answer))


WITHOUT_MODELS = [name for name in SCORERS.names() if name not in ("judge", "math_equality")]
"""A judge has to be bound, and mathematics needs an extra: see their own tests."""


TRUTHS: dict[str, object] = {
    "calls": ["send(to='ada')"],
    "choice": "B",
    "office": [],
    "unit_tests": {"test_list": ["assert f() == 1"]},
}
"""What is true where it cannot be the number 12."""


@pytest.mark.parametrize("name", WITHOUT_MODELS)
def test_every_scorer_keeps_the_contract(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(UNSAFE, "1")  # for the one that runs programs, where there is no sandbox
    kind = SCORERS.find(name)
    options = {"function": f"{__name__}:half"} if name == "python" else {}
    scorer = kind(**options)
    truth = TRUTHS.get(name, "12")
    assert scorer.check(truth) == ""
    for answer in ("", str(truth), "no", "12 or 13", "\n\t", "é" * 500):
        given = score(scorer, truth, answer)
        assert 0 <= given.value <= 1
        assert "\n" not in given.feedback
        assert len(given.feedback) < 300
    assert SCORERS.find(scorer.plugin_name()) is kind


@pytest.mark.parametrize(
    ("truth", "answer", "value"),
    [
        ("Paris", "paris.", 1),
        ("1,000", "1000.0", 1),
        (1000, "1,000", 1),
        ("(A)", "A", 1),
        ("[1, 2]", "[1,2]", 1),
        ("Paris", "London", 0),
        ("Paris", "", 0),
        ("5", "-5", 0),
        (["Paris", "City of Paris"], "City of Paris.", 1),
        (["Paris", "City of Paris"], "Lyon", 0),
        ('{"a": 1, "b": [2]}', '{"b": [2.0], "a": 1}', 1),
        ('{"a": 1, "b": [2]}', '{"b": [3], "a": 1}', 0),
        ("apple\nbanana", "- apple\n- banana", 1),
        ("1. apple\n2. banana", "apple\nbanana", 1),
        ("apple\nbanana", "banana\napple", 0),
        ("Paris", "Paris\u200b", 1),
        ({"text": ["Paris"]}, "paris", 1),
        ({"value": "Paris", "aliases": ["City of Paris"]}, "city of paris", 1),
    ],
)
def test_exact(truth: object, answer: str, value: float) -> None:
    assert score(Exact(), truth, answer).value == value


def test_feedback_states_expected_and_actual_answers() -> None:
    assert score(Exact(), "Paris", "Lon\ndon").feedback == "expected 'Paris', got 'Lon don'"
    long = score(Exact(), "Paris", "x" * 500).feedback
    assert long.endswith("x…'")
    assert len(long) < 150


@pytest.mark.parametrize(
    ("truth", "answer", "value"),
    [
        ("18", "18", 1),
        (18, "$18.00", 1),
        ("1234", "1,234", 1),
        ("1,234", "1234 dollars", 1),
        ("-5", "−5", 1),
        ("0.75", "3/4", 1),
        ("0.75", r"\frac{3}{4}", 1),
        ("-0.5", r"-\dfrac{1}{2}", 1),
        ("45", "45%", 1),
        ("0.45", r"45\%", 1),
        ("45%", "0.45", 1),
        ("1e3", "1000", 1),
        (".5", "0.5", 1),
        ("90", r"90^\circ", 1),
        ("5", r"5 \text{ cm}", 1),
        ("10000", "10{,}000", 1),
        ("7", "x = 7", 1),
        ("18", "19", 0),
        ("18", "18 or 19", 0),
        ("18", "", 0),
        ("18", "eighteen", 1),
        ("2", r"\sqrt{2}", 0),
        ("2", "x^2", 0),
        ("3", "3-5", 0),
        ("10", "10:30", 0),
        ("1", "1/0", 0),
        ("3", "3.5.2", 0),
        ("2000000", "2000001", 0),
        ("1", "1e999", 0),
        ("12500", "12 500", 1),
        ("12500.75", "12\u202f500,75 €", 1),
        ("1234.56", "1.234,56", 1),
        ("1234.5", "1'234.5", 1),
        ("1234567", "12,34,567", 1),
        ("12.5", "12,5", 1),
        ("1000000", "10^6", 1),
        ("120000", "120k", 1),
        ("2500000", "$2.5M", 1),
        ("5", "5 km", 1),
        ("5000000", "5 m", 0),
        ("300", "300 K", 1),
        ("300000000", r"3 \times 10^8 m/s", 1),
        ("300000000", "3 × 10⁸", 1),
        ("3000000", "3 million", 1),
        ("3", "3 million", 1),
        ("5", "5 m²", 1),
        ("9.8", "9.8 m/s^2", 1),
        ("3.5", "3 1/2", 1),
        ("3.5", "3½", 1),
        ("4", "2 + 2 = 4", 1),
        ("0.5", "50 Prozent", 1),
        ("0.5", "0.5 (50%)", 1),
        (["5", "five: 5.0"], "5", 1),
        ("4", "x = 3, y = 4", 0),
        ("12", "12 13", 0),
        ("8", "10⁸", 0),
    ],
)
def test_numeric(truth: object, answer: str, value: float) -> None:
    assert score(Numeric(), truth, answer).value == value


def test_numeric_has_a_tolerance() -> None:
    assert score(Numeric(), "3.14159", "3.14").value == 0
    assert score(Numeric(tolerance=0.01), "3.14159", "3.14").value == 1
    assert score(Numeric(tolerance=0.01), "3.14159", "3.2").value == 0


def test_numeric_explains_why_there_is_no_number() -> None:
    assert "not one number" in score(Numeric(), "3", "3 or 4").feedback
    assert "not one number" not in score(Numeric(), "3", "4").feedback


@pytest.mark.parametrize(
    ("truth", "answer", "value"),
    [
        ("B", "b", 1),
        ("B", "(B)", 1),
        ("(B)", "B.", 1),
        ("B", "B) Paris", 1),
        ("B", "Option B", 1),
        ("B", "B - Paris", 1),
        ("B", "The answer is (B), Paris", 1),
        ("B", "C", 0),
        ("B", "Paris", 0),
        ("B", "either (A) or (B)", 0),
        ("A", "A dog", 0),
        ("B", "", 0),
        ("B", r"\boxed{B}", 1),
        ("B", r"$\text{(B)}$", 1),
        ("B", "**B**: Paris", 1),
        ("B", "The correct option is B", 1),
        ("C", "Therefore, C.", 1),
        ("B", "答案是B", 1),
        ("A", "A, B", 0),
        ("A", "A or B", 0),
        ("B", "not B", 0),
        ("A,C", "A, B", 0),
        ("A,C", "A", 0),
        ("A,C", "C and A", 1),
        ("A,C", "AC", 1),
        ("A,C", "A) dog, C) cat", 1),
        (["A", "C"], "(A) and (C)", 1),
        ("A,C", "The correct answers are A and C.", 1),
        ("A,C", "Both A and C are correct", 1),
        ("A,C", '["A", "C"]', 1),
        ("A,C", "['A', 'C']", 1),
        ("A,C", "- A\n- C", 1),
        ("B", '"B"', 1),
        ("A,C", "Neither A and C are correct", 0),
        ("A,C", "Of A and C, C is right", 0),
    ],
)
def test_choice(truth: object, answer: str, value: float) -> None:
    assert score(Choice(), truth, answer).value == value


@pytest.mark.parametrize(
    ("truth", "answer", "value"),
    [
        ("the quick fox", "Quick fox!", 1),
        ("quick brown fox", "quick fox", 0.8),
        ("fox fox", "fox", 2 / 3),
        ("fox", "hound", 0),
        ("fox", "", 0),
        ("A", "a", 1),
        ("A", "the", 0),
    ],
)
def test_token_f1(truth: str, answer: str, value: float) -> None:
    assert score(TokenF1(), truth, answer).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("scorer", "truth"),
    [
        (Exact(), [{"a": 1}]),
        (Exact(), None),
        (Numeric(), "plenty"),
        (Numeric(), "1 or 2"),
        (Numeric(), True),
        (Numeric(), None),
        (Choice(), "Paris"),
        (Choice(), 2),
        (TokenF1(), {}),
    ],
)
def test_truths_that_cannot_be_scored_are_found(scorer: Scorer, truth: object) -> None:
    assert scorer.check(truth)


def half(task: Task, answer: str) -> float:
    return 0.5


def detailed(task: Task, answer: str) -> dict[str, Any]:
    return {"score": task.answer == answer, "feedback": f"{task.input.id}: {answer}"}


async def later(task: Task, answer: str) -> float:
    await asyncio.sleep(0)
    return 0.25


def fails(task: Task, answer: str) -> float:
    raise LookupError("no such thing")


async def fails_later(task: Task, answer: str) -> float:
    raise LookupError("no such thing")


def python(name: str) -> Python:
    return Python(function=f"{__name__}:{name}")


def test_a_function_of_ones_own() -> None:
    assert score(python("half"), ["any", "truth"], "x") == Score(value=0.5)
    assert score(python("detailed"), "x", "x") == Score(value=1, feedback="t7: x")
    assert score(python("later"), "x", "x").value == 0.25


@pytest.mark.parametrize("name", ["fails", "fails_later"])
def test_a_function_that_fails_is_named(name: str) -> None:
    with pytest.raises(TaskError, match=rf"{name} on task 't7'.*LookupError: no such thing") as e:
        score(python(name), "x", "x")
    assert isinstance(e.value.__cause__, LookupError)


returned: Any = None


def returns(task: Task, answer: str) -> object:
    return returned


@pytest.mark.parametrize(
    "nonsense",
    [None, "0.5", 1.5, -1, math.nan, [1], {}, {"score": 2}, {"score": 1, "feedback": 7}],
)
def test_nonsense_is_no_score(nonsense: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "returned", nonsense)
    with pytest.raises(TaskError, match=r"returned.*expected a number from 0 to 1"):
        score(python("returns"), "x", "x")


@pytest.mark.parametrize("name", ["half", "nowhere:half", f"{__name__}:nothing", f"{__name__}:"])
def test_a_function_that_is_not_there_is_found_out_at_once(name: str) -> None:
    with pytest.raises(ValidationError, match=name.split(":")[0]):
        Python(function=name)
