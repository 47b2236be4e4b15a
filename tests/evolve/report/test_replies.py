"""Evaluations without an answer are counted by cause, with advice."""

import json
from pathlib import Path

import pytest

from evolve.report.console import as_text
from evolve.report.replies import causes_of, dominant
from tests.evolve.cli.commands import Command, run_file

CUT = {"scripted": {"script": "cut_off_model:reply"}}


@pytest.mark.parametrize(
    ("reason", "kind", "advice"),
    [
        ("the reply was cut off before an answer", "cut off", "raise the model's `max_tokens`"),
        ("the model refused: content_filter", "refused", "a content filter refuses"),
        ("the reply gives no answer", "form", "`tasks.instructions`"),
        ("the reply is empty", "empty", "chat template"),
        ("the reply holds thoughts alone", "thoughts", "reasoning parser"),
        ("the reply holds thoughts alone and was cut off", "cut off", "`max_tokens`"),
        ("the judge's verdict cannot be read", "unread", "larger judge"),
        ("400: response_format is not supported", "schema", "`evolve doctor`"),
        ("something else", "other", "something else"),
    ],
)
def test_each_cause_has_its_advice(reason: str, kind: str, advice: str) -> None:
    (cause,) = causes_of({reason: 3, "": 1})
    assert (cause.kind, cause.share) == (kind, 0.75)
    assert cause.text.startswith("75 % (3 evaluations): ")
    assert advice in cause.text
    assert dominant([cause])


def test_rare_ones_are_left_out() -> None:
    assert causes_of({"the reply gives no answer": 4, "": 96}) == []
    assert causes_of({}) == []


def test_one_is_singular() -> None:
    (cause,) = causes_of({"odd": 1, "": 3})
    assert "(1 evaluation)" in cause.text
    assert not dominant([cause])


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    Path("cut_off_model.py").write_text(
        "from evolve.models.base import Reply\n"
        "def reply(request): return Reply('', 30, request.max_tokens, 0.1, truncated=True)\n"
    )
    Path("system.yaml").write_text("agents: [{name: solver}]")
    run_file(models={"m": CUT}, space={})
    return Command(monkeypatch, capsys)


def test_a_run_with_truncated_replies_reports_them(command: Command) -> None:
    result = command("run", "run.yaml", "--quiet", "--archive", "cut.db")
    assert "raise the model's `max_tokens`" in " ".join(result.out.split())
    assert "larger budget" not in result.out
    shown = command("archive", "show", "--archive", "cut.db")
    assert "max_tokens" in shown.out
    data = json.loads(command("report", "--json", "--archive", "cut.db").out)
    assert "cut off" in data["missing_answers"][0]
    more = ("--archive", "eval.db", "--set", "budget.evaluations=200")
    result = command("eval", "system.yaml", "--run-file", "run.yaml", "-q", *more)
    assert "raise the model's `max_tokens`" in " ".join(result.out.split())


def test_json_holds_no_number_that_json_lacks() -> None:
    data = {"a": [float("inf"), float("nan"), 1.5], "b": {"c": -float("inf")}}
    assert json.loads(as_text(data)) == {"a": [None, None, 1.5], "b": {"c": None}}
