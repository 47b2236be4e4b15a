"""`evolve apply` on a file of questions."""

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from archive.records import Trace
from evolve.errors import OutageError
from evolve.serving.apply import System
from tests.evolve.cli.commands import Command


@pytest.mark.full
def test_answers_come_in_the_order_of_the_questions(command: Command, archive: Path) -> None:
    command("export", "-o", "best.yaml")
    questions = [f"What is {number} plus 5?" for number in range(7)]
    rows = "\n".join(json.dumps({"a": number, "b": 5}) for number in range(7))
    (archive.parent / "questions.jsonl").write_text(rows)
    result = command(
        *("apply", "best.yaml", "--file", "questions.jsonl", "-o", "answers.jsonl"),
        *("--field", "What is {a} plus {b}?"),
    )
    assert result.code == 0, result.err
    message = [
        json.loads(line) for line in (archive.parent / "answers.jsonl").read_text().splitlines()
    ]
    assert [line["question"] for line in message] == questions
    assert all(line["usage"]["calls"] > 0 for line in message)
    assert " of 7 answered" in result.err
    printed = command("apply", "best.yaml", "--file", "questions.jsonl", "--field", "a", "--quiet")
    assert len(printed.out.splitlines()) == 7
    assert printed.err == ""


@pytest.mark.full
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give a question, or a file"),
        (["Why?", "--file", "questions.csv"], "give a question, or a file"),
        (["--file", "nowhere.csv"], "there is no such task file"),
        (["--file", "questions.csv"], "question"),
        (["--file", "questions.csv", "--field", "{"], "a lone '{'"),
        (["--file", "questions.csv", "--field", "a", "-o", "no/where"], "cannot be written"),
    ],
)
def test_mistakes_are_one_line(
    command: Command, archive: Path, words: list[str], message: str
) -> None:
    (archive.parent / "questions.csv").write_text("a,b\n1,2\n")
    command("export", "-o", "best.yaml")
    result = command("apply", "best.yaml", *words)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1


def test_a_table_keeps_all_columns(command: Command, archive: Path) -> None:
    command("export", "-o", "best.yaml")
    folder = archive.parent
    text = 'id,question,note,answer\n7,What is 2 plus 5?,"a, b",7\n8,What is 3 plus 5?,,8\n'
    (folder / "questions.csv").write_text(text)
    result = command("apply", "best.yaml", "--file", "questions.csv", "-o", "answers.csv")
    assert result.code == 0, result.err
    rows = list(csv.DictReader(io.StringIO((folder / "answers.csv").read_text())))
    assert [(row["id"], row["note"], row["answer"]) for row in rows] == [
        ("7", "a, b", "7"),
        ("8", "", "8"),
    ]
    assert all(row["system_answer"] and int(row["calls"]) > 0 for row in rows)
    command("apply", "best.yaml", "--file", "questions.csv", "-o", "answers.json")
    listed = json.loads((folder / "answers.json").read_text())
    assert [row["system_answer"] for row in listed] == [row["system_answer"] for row in rows]
    assert sorted(each.name for each in folder.glob("answers*")) == ["answers.csv", "answers.json"]


def test_the_field_is_that_of_the_run(command: Command, archive: Path) -> None:
    folder = archive.parent
    (folder / "run.yaml").write_text(
        "tasks: {file: tasks.jsonl, input: '{a} plus {b}?'}\n"
        "models: {small: {scripted: {script: {'2 plus 3?': 'Answer: 5'}}}}\n"
        "budget: {evaluations: 1}\n"
    )
    (folder / "system.yaml").write_text("agents: [{name: solver}]\n")
    (folder / "questions.jsonl").write_text('{"a": 2, "b": 3}\n')
    words = ("apply", "system.yaml", "--run-file", "run.yaml", "--file", "questions.jsonl")
    (message,) = map(json.loads, command(*words, "-q").out.splitlines())
    assert (message["question"], message["answer"]) == ("2 plus 3?", "5")
    result = command(*words, "--field", "missing")
    assert "there is no field 'missing'; this row has a, b" in result.err


@pytest.mark.full
def test_answers_are_not_lost(
    command: Command, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("export", "-o", "best.yaml")
    folder = archive.parent
    (folder / "questions.jsonl").write_text('{"question": "2?"}\n{"question": "3?"}\n')
    words = ("apply", "best.yaml", "--file", "questions.jsonl", "-o", "answers.jsonl")
    (folder / "answers.jsonl").write_text("paid\n")
    result = command(*words)
    assert result.code == 2
    assert "answers.jsonl is there already, and what it holds may have been paid" in result.err
    assert "--force" in result.err
    assert (folder / "answers.jsonl").read_text() == "paid\n"
    answer = System.answer

    async def failing(self: System, question: str, trial: int = 0) -> Trace:
        if question == "3?":
            await asyncio.sleep(3600)
            raise OutageError("the endpoint is gone")
        return await answer(self, question, trial)

    with monkeypatch.context() as patched:
        patched.setattr(System, "answer", failing)
        result = command(*words, "--force")
    assert result.code != 0
    assert "the 1 answers so far are in answers.jsonl.part" in result.err
    assert (folder / "answers.jsonl").read_text() == "paid\n"
    assert json.loads((folder / "answers.jsonl.part").read_text())["question"] == "2?"
    assert "answers.jsonl.part holds the answers" in command(*words[:-1], "answers.jsonl").err or (
        "answers.jsonl is there already" in command(*words).err
    )
    assert command(*words, "--force").code == 0
    assert len((folder / "answers.jsonl").read_text().splitlines()) == 2
    assert not (folder / "answers.jsonl.part").exists()


@pytest.mark.full
@pytest.mark.parametrize(
    "words",
    [
        ("export", "-o", "evolve.db"),
        ("export", "--format", "mermaid", "-o", "evolve.db"),
        ("report", "-o", "evolve.db"),
        ("apply", "best.yaml", "--file", "questions.jsonl", "--force", "-o", "evolve.db"),
    ],
)
def test_an_archive_is_never_overwritten(
    command: Command, archive: Path, words: tuple[str, ...]
) -> None:
    command("export", "-o", "best.yaml")
    (archive.parent / "questions.jsonl").write_text('{"question": "2?"}\n')
    result = command(*words)
    assert result.code == 2
    assert "evolve.db is a database, perhaps an archive" in result.err
    assert command("archive", "list").code == 0


@pytest.mark.full
def test_rows_without_a_question_stay_and_cost_nothing(command: Command, archive: Path) -> None:
    command("export", "-o", "best.yaml")
    rows = [{"q": "1 + 1?", "x": float("nan")}, {"q": " ", "x": 2}, {"q": None, "x": 3}]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (archive.parent / "questions.jsonl").write_text(lines)
    words = ("apply", "best.yaml", "--file", "questions.jsonl", "--field", "q", "--quiet")
    shown = command(*words)
    assert shown.code == 0, shown.err
    assert "NaN" not in shown.out
    found = [json.loads(line) for line in shown.out.splitlines()]
    assert [each["x"] for each in found] == [None, 2, 3]
    assert [each["usage"]["calls"] > 0 for each in found] == [True, False, False]
    assert {each["failure"] for each in found[1:]} == {"the question is empty"}
