"""`evolve apply` on a file of questions."""

import json
from pathlib import Path

import pytest

from tests.evolve.cli.commands import Command


def test_answers_come_in_the_order_of_the_questions(command: Command, archive: Path) -> None:
    command("export", "-o", "best.yaml")
    asked = [f"What is {number} plus 5?" for number in range(7)]
    rows = "\n".join(json.dumps({"a": number, "b": 5}) for number in range(7))
    (archive.parent / "asked.jsonl").write_text(rows)
    said = command(
        *("apply", "best.yaml", "--file", "asked.jsonl", "-o", "told.jsonl"),
        *("--field", "What is {a} plus {b}?"),
    )
    assert said.code == 0, said.err
    told = [json.loads(line) for line in (archive.parent / "told.jsonl").read_text().splitlines()]
    assert [line["question"] for line in told] == asked
    assert all(line["usage"]["calls"] > 0 for line in told)
    assert " of 7 answered" in said.err
    printed = command("apply", "best.yaml", "--file", "asked.jsonl", "--field", "a", "--quiet")
    assert len(printed.out.splitlines()) == 7
    assert printed.err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give a question, or a file"),
        (["Why?", "--file", "asked.csv"], "give a question, or a file"),
        (["--file", "nowhere.csv"], "there is no such task file"),
        (["--file", "asked.csv"], "question"),
        (["--file", "asked.csv", "--field", "{"], "a lone '{'"),
        (["--file", "asked.csv", "--field", "a", "-o", "no/where"], "cannot be written"),
    ],
)
def test_mistakes_are_one_line(
    command: Command, archive: Path, words: list[str], told: str
) -> None:
    (archive.parent / "asked.csv").write_text("a,b\n1,2\n")
    command("export", "-o", "best.yaml")
    said = command("apply", "best.yaml", *words)
    assert said.code == 2
    assert told in said.err
    assert len(said.err.splitlines()) == 1
