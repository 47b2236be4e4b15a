import asyncio
import csv
import json
from pathlib import Path

import pytest

from archive.records import Step, ToolUse, Trace, Usage
from evolve.tasks.base import Task, TaskInput
from evolve.tasks.scorers.calls import Calls

DATA = Path(__file__).parents[4] / "shared" / "data" / "tasks"
TRUTH = """['mail.send.func(to="Ada", text="Hi!")', 'calendar.delete.func(event="00000007")']"""


def score(truth: str, answer: str, **options: object) -> float:
    task = Task(number=0, input=TaskInput(id="1", text="?"), answer=truth)
    return asyncio.run(Calls(**options).score(task, answer)).value


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('calendar.delete(event="00000007")\nmail.send(to="ada", text="hi!")', 1),
        (TRUTH, 1),
        ('mail.send(to="Ada", text="Hi!")', 0),
        ('mail.send(to="Ada", text="Hi!")\n' * 2 + 'calendar.delete(event="00000007")', 0),
        ('calendar.delete(event="00000008")\nmail.send(to="ada", text="hi!")', 0),
        ("I cannot do that.", 0),
        ("__import__('os').abort()", 0),
        ("[", 0),
    ],
)
def test_the_expected_calls_count_in_any_order(answer: str, value: float) -> None:
    assert score(TRUTH, answer) == value


def test_calls_count_before_text() -> None:
    used = [("mail.send", {"to": "Ada", "text": "Hi!"}), ("calendar.delete", {"event": "00000007"})]
    looked = [("calendar.find", {"title": "x"})]
    uses = tuple(ToolUse(name=n, arguments=json.dumps(a), result="") for n, a in looked + used)
    step = Step(agent="a", round=1, sample=0, model="m", text="", usage=Usage(), tools=uses)
    submission = Calls().submission(Trace(answer="[]", steps=(step,)))
    assert score(TRUTH, submission) == 0
    assert score(TRUTH, submission, ignore=("calendar.find",)) == 1


def test_nothing_to_do_is_right_where_nothing_is_done() -> None:
    assert score("[]", "[]") == 1
    assert score("[]", "f(x=1)") == 0


@pytest.mark.parametrize("truth", ["do it", "['f(x)']", "[1]", "7"])
def test_other_truths_are_refused(truth: str) -> None:
    assert Calls().check(truth)


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("workbench_*.csv")))
def test_workbenchs_own_answers_are_right(name: str) -> None:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        truths = [row["answer"] for row in csv.DictReader(file)]
    assert truths
    assert [truth for truth in truths if Calls().check(truth) or score(truth, truth) != 1] == []
    spoilt = [truth.replace("func(", "function(") for truth in truths if "func(" in truth]
    assert not any(
        score(a, b) for a, b in zip([t for t in truths if "func(" in t], spoilt, strict=True)
    )
