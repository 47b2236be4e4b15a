"""Task files as people have them: separators, long cells, gaps, repeats, pictures."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evolve.data.rows import read_rows
from evolve.errors import TaskError
from evolve.tasks.files import TaskSettings
from evolve.tasks.task_set import TaskSet

ROWS = [{"question": f"What is {n}?", "answer": str(n)} for n in range(12)]
PICTURE = "data:image/png;base64," + "A" * 2000


def load(file: Path, rows: list[Any], **settings: Any) -> TaskSet:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return TaskSettings.model_validate({"file": file, **settings}).load(0)


def every(tasks: TaskSet) -> list[Any]:
    return sorted((*tasks.train, *tasks.validation, *tasks.unseal()), key=lambda t: t.number)


@pytest.mark.parametrize(
    "text",
    [
        "question;answer\nHow many, if any?;4\n",
        "question\tanswer\nHow many, if any?\t4\n",
        "question|answer\nHow many, if any?|4\n",
        "sep=;\nquestion;answer\nHow many, if any?;4\n",
        "\ufeffquestion;answer\r\n\r\nHow many, if any?;4\r\n;\r\n",
        'question,answer,\n"How many, if any?",4,,,\n,,\n',
        ' question , answer \n"How many, if any?",4\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_separators_are_found(tmp_path: Path, text: str, encoding: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(text.lstrip("\ufeff" if encoding == "utf-16" else "").encode(encoding))
    (row,) = read_rows(file)
    assert row.values == {"question": "How many, if any?", "answer": "4"}


def test_cells_may_be_long_and_the_limit_of_others_stays(tmp_path: Path) -> None:
    import csv

    before = csv.field_size_limit()
    file = tmp_path / "t.csv"
    file.write_text(f"question,answer\n{'word ' * 60_000},4\n")
    (row,) = read_rows(file)
    assert len(row.values["question"]) == 300_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"question": "a", "answer": float("nan")}, r"the answer is empty \(NaN\)"),
        ({"question": "a", "answer": "nan"}, r"the answer is empty \(NaN\)"),
        ({"question": "a", "answer": "#N/A"}, r"the answer is empty \(NaN\)"),
        ({"question": "NaN", "answer": "b"}, "the text is empty"),
        ({"question": "a", "answer": None}, r"the answer is empty \(null\)"),
        ({"question": "a", "answer": " "}, r"the answer is empty \(blank\)"),
        ({"question": "a", "answer": []}, "the answer is empty"),
        ({"question": "", "answer": "b"}, "the text is empty"),
        ({"question": float("nan"), "answer": "b"}, r"the field 'question' is empty \(NaN\)"),
        ({"question": "a"}, "there is no field 'answer'"),
    ],
)
def test_incomplete_rows_are_refused_or_left_out(
    tmp_path: Path, row: dict[str, Any], why: str
) -> None:
    rows = [*ROWS, row, row]
    with pytest.raises(TaskError, match=rf"2 of 14 rows lack .* \(lines 13, 14\): {why}.*leave"):
        load(tmp_path / "t.jsonl", rows)
    tasks = load(tmp_path / "t.jsonl", rows, incomplete="leave_out")
    assert len(every(tasks)) == 12
    assert "2 of 14 rows lack text or answer" in tasks.notes[0]


def test_equal_questions_lie_in_one_split(tmp_path: Path) -> None:
    rows = [{**row, "question": row["question"].upper() if i else row["question"]}
            for i in range(3) for row in ROWS]  # fmt: skip
    tasks = load(tmp_path / "t.jsonl", rows)
    by_text: dict[str, set[str]] = {}
    for task in every(tasks):
        by_text.setdefault(task.input.text.lower(), set()).add(task.split)
    assert all(len(splits) == 1 for splits in by_text.values())
    assert {split for splits in by_text.values() for split in splits} == {
        *("train", "validation", "test"),
    }
    assert "12 questions are asked more than once" in tasks.notes[0]
    assert not load(tmp_path / "t.jsonl", ROWS).notes


def test_sealed_questions_known_before_are_reported(tmp_path: Path) -> None:
    rows = [{**row, "split": split} for split in ("validation", "test") for row in ROWS]
    tasks = load(tmp_path / "t.jsonl", rows, split="split")
    assert "12 of them in the test split and outside of it" in tasks.notes[0]


@pytest.mark.parametrize("shown", ["answer", "{question} {answer}"])
def test_the_truth_is_no_question(shown: str) -> None:
    with pytest.raises(ValidationError, match="agents would see the truth"):
        TaskSettings.model_validate({"file": "t.jsonl", "input": shown})


@pytest.mark.parametrize(
    "question",
    [
        [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": PICTURE}}],
        [{"type": "text", "text": "a"}, {"type": "input_image", "image_url": "http://x/y.png"}],
        f"How many dots? {PICTURE}",
        {"text": "a", "picture": PICTURE},
    ],
)
def test_pictures_are_no_words(tmp_path: Path, question: object) -> None:
    with pytest.raises(TaskError, match="line 1: the field 'question' holds a picture"):
        load(tmp_path / "t.jsonl", [{"question": question, "answer": "4"}, *ROWS])


def test_text_parts_are_joined(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    tasks = load(tmp_path / "t.jsonl", [{"question": parts, "answer": "4"}, *ROWS])
    assert every(tasks)[0].input.text == "one\ntwo"


def test_several_answers_are_accepted(tmp_path: Path) -> None:
    rows = [{**row, "answer": "Paris| City of Paris", "also": ["Lutetia"]} for row in ROWS]
    tasks = load(tmp_path / "t.jsonl", rows, separator="|", alternatives="also")
    assert every(tasks)[0].answer == ["Paris", "City of Paris", "Lutetia"]


def test_the_form_is_found_from_open_truths(tmp_path: Path) -> None:
    rows = [{**row, "answer": f"a\n{row['answer']}"} for row in ROWS]
    (first, *_) = every(load(tmp_path / "t.jsonl", rows))
    assert first.input.form.read("Answer: a\nb\nc") == "a\nb\nc"
    assert "after it" in first.input.instructions
    (first, *_) = every(load(tmp_path / "t.jsonl", rows, form="free", instructions="Go."))
    assert first.input.form.plugin_name() == "free"
    assert first.input.instructions == "Go."
