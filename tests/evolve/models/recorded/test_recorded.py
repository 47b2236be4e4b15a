"""Recorded replies are replayed as they were, and new ones are added."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import PrivateAttr, ValidationError

from evolve.answers.reading import extract, normalise
from evolve.errors import OutageError
from evolve.models.base import MODELS, Message, Model, Reply, Request
from evolve.models.recorded import Recorded
from evolve.models.recorded.tape import key_of

DATA = Path(__file__).parents[5] / "shared" / "data"


class Counting(Model):
    """Replies with the number of calls so far."""

    _asked: int = PrivateAttr(default=0)
    _closed: bool = PrivateAttr(default=False)

    async def complete(self, request: Request) -> Reply:
        self._asked += 1
        return Reply(f"Answer: {self._asked}", 5, 3, 0.5, cached=True)

    async def close(self) -> None:
        self._closed = True


def request(text: str, sample: int = 0, **changes: Any) -> Request:
    return Request((Message("user", text),), **{"max_tokens": 64, "sample": sample, **changes})


def ask(model: Model, *requests: Request) -> list[Reply]:
    async def main() -> list[Reply]:
        return [await model.complete(each) for each in requests]

    return asyncio.run(main())


LINE = {
    "request": {"messages": [{"role": "user", "content": "1 + 1?"}], "max_tokens": 64},
    "reply": {"text": "Answer: 2", "prompt_tokens": 5, "completion_tokens": 3, "latency_s": 0.4},
}


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    file = tmp_path / "replies.jsonl"
    file.write_text(json.dumps(LINE) + "\n\n")
    return file


def test_a_written_file_is_replayed(tape: Path) -> None:
    model = Recorded(replies=tape)
    assert ask(model, request("1 + 1?")) == [Reply("Answer: 2", 5, 3, 0.4)]
    assert model.simulated


@pytest.mark.parametrize("other", [request("1 + 2?"), request("1 + 1?", sample=1)])
def test_what_was_not_recorded_is_an_outage(tape: Path, other: Request) -> None:
    with pytest.raises(OutageError, match=r"has no reply to a request that ends in '1 \+ .*sample"):
        ask(Recorded(replies=tape), other)


def test_new_replies_are_recorded_once_and_replayed(tmp_path: Path) -> None:
    file = tmp_path / "new.jsonl"
    wanted = [
        request("a", schema={"type": "object"}, effort="low"),
        request("a", sample=1),
        request("a", sample=1),
    ]
    behind = Counting()
    model = Recorded(replies=file, record=behind)
    replies = ask(model, *wanted)
    assert [reply.text for reply in replies] == ["Answer: 1", "Answer: 2", "Answer: 2"]
    assert not model.simulated
    assert len(file.read_text().splitlines()) == 2
    assert ask(Recorded(replies=file), *wanted) == [
        Reply(reply.text, 5, 3, 0.5) for reply in replies
    ]
    asyncio.run(model.close())
    assert behind._closed


def test_a_line_that_was_cut_off_is_recorded_again(tape: Path) -> None:
    whole = tape.read_bytes()
    tape.write_bytes(whole + b'{"request": {"mess')
    ask(Recorded(replies=tape, record=Counting()), request("new"))
    lines = tape.read_text().splitlines()
    assert tape.read_bytes().startswith(whole)
    assert len(lines) == 3
    assert ask(Recorded(replies=tape), request("new"))[0].text == "Answer: 1"


def test_a_compressed_file_of_keys_is_replayed(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl.gz"
    asked = request("which?", labels=("a", "b"))
    reply = {**LINE["reply"], "label_scores": [-1.0, -2.0]}
    file.write_bytes(gzip.compress(json.dumps({"key": key_of(asked), "reply": reply}).encode()))
    model = Recorded(replies=file)
    assert model.scores_labels
    assert ask(model, asked)[0].label_scores == (-1.0, -2.0)
    with pytest.raises(OutageError):
        ask(model, request("which?"))


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (b"plain", {}, "replies.jsonl.gz: cannot be read: Not a gzipped file"),
        (gzip.compress(b"{}" * 99)[:-9], {}, "cannot be read: it ends too early"),
        (gzip.compress(b'{"reply": {}}'), {}, "give either `request` or its `key`|line 1"),
        (gzip.compress(b""), {"record": Counting()}, "cannot grow; leave `record` out"),
    ],
    ids=["not compressed", "cut off", "no request", "growing"],
)
def test_a_bad_compressed_file_is_reported(
    tmp_path: Path, content: bytes, changes: dict[str, Any], message: str
) -> None:
    file = tmp_path / "replies.jsonl.gz"
    file.write_bytes(content)
    with pytest.raises(ValidationError, match=message):
        Recorded(replies=file, **changes)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 3: Invalid JSON"),
        ('{"request": {}}', r"line 3: request\.messages: this key is required"),
        (json.dumps({**LINE, "extra": 1}), "line 3: extra: unknown key"),
        (json.dumps(LINE).replace("text", "txet"), "line 3: reply.*txet|line 3: reply.text"),
    ],
)
def test_a_bad_line_is_reported(tape: Path, line: str, message: str) -> None:
    with tape.open("a") as file:
        file.write(line)
    with pytest.raises(ValidationError, match=message):
        Recorded(replies=tape)


def test_missing_files_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"none\.jsonl: cannot be read: No such file"):
        Recorded(replies=tmp_path / "none.jsonl")
    with pytest.raises(ValidationError, match=r"none\.npz: cannot be read: No such file"):
        Recorded.model_validate(
            {"matrix": tmp_path / "none.npz", "system": "a", "tasks": {"file": tmp_path / "t"}}
        )


@pytest.fixture
def table(tmp_path: Path) -> dict[str, Any]:
    np.savez(
        tmp_path / "table.npz",
        systems=np.array(["small", "large"]),
        tasks=np.array(["t0", "t1"]),
        answers=np.array([["2", ""], ["2", "[6]"]]),
        out_chars=np.array([[40, np.nan], [400, 9]]),
    )
    rows = [
        {"key": "t0", "problem": "1 + 1?"},
        {"key": "t1", "problem": "1 + 1? Then take 3 of them."},
        {"key": "t2", "problem": "Not in the table."},
    ]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    tasks = {"file": str(tmp_path / "tasks.jsonl"), "input": "problem", "id": "key"}
    return {"matrix": str(tmp_path / "table.npz"), "system": "large", "tasks": tasks}


def test_a_table_answers_the_question_that_a_request_holds(table: dict[str, Any]) -> None:
    model = Recorded.model_validate(table)
    assert model.simulated
    wanted = Request(
        (
            Message("system", "You are the solver."),
            Message("user", "## Task\n1 + 1?"),
            Message("assistant", "Answer: 2"),
            Message("user", "## Task\n1 + 1? Then take 3 of them.\n\n## How to answer\nBriefly."),
        ),
        max_tokens=64,
    )
    first, second, third = ask(model, wanted, request("1 + 1?"), request("Again: 1 + 1?", sample=3))
    assert first.text == "Answer: [6]"
    assert second.text == third.text == "Answer: 2"
    assert (first.completion_tokens, second.completion_tokens) == (3, 64)
    assert second.prompt_tokens == 2
    assert not third.free


def test_no_answer_is_none(table: dict[str, Any]) -> None:
    (reply,) = ask(
        Recorded.model_validate({**table, "system": "small"}),
        request("1 + 1? Then take 3 of them."),
    )
    assert reply.text == "Answer:"
    assert reply.completion_tokens == 0


def test_repeats_are_free_on_request(table: dict[str, Any]) -> None:
    model = Recorded.model_validate({**table, "repeats_are_free": True})
    wanted = [request("1 + 1?"), request("Solve 1 + 1?"), request("1 + 1?", sample=1)]
    replies = ask(model, *wanted)
    assert [reply.free for reply in replies] == [False, True, False]
    assert model.usage(replies[1]).calls == 0


@pytest.mark.parametrize("text", ["Propose an edit.", "Not in the table."])
def test_what_is_none_of_its_tasks_is_an_outage(table: dict[str, Any], text: str) -> None:
    with pytest.raises(OutageError, match="none of its tasks"):
        ask(Recorded.model_validate(table), request(text))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "larg"}, "unknown system 'larg'; did you mean 'large'"),
        ({"system": None}, "give `replies`, perhaps with `record`; or `matrix`"),
        ({"replies": "x"}, "give `replies`"),
    ],
)
def test_mismatched_files_are_reported(
    table: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Recorded.model_validate({**table, **changes})


def test_a_table_of_other_tasks_is_refused(table: dict[str, Any]) -> None:
    table["tasks"]["id"] = "problem"
    with pytest.raises(ValidationError, match=r"none of its ids is in .*check `tasks\.id`"):
        Recorded.model_validate(table)


def test_a_file_that_is_no_table_is_refused(table: dict[str, Any]) -> None:
    Path(table["matrix"]).write_bytes(b"PK nonsense")
    with pytest.raises(ValidationError, match=r"table\.npz: is no \.npz table"):
        Recorded.model_validate(table)
    np.savez(table["matrix"], systems=np.array(["large"]))
    with pytest.raises(ValidationError, match=r"table\.npz: holds no tasks"):
        Recorded.model_validate(table)


def test_it_is_written_as_it_was_read(table: dict[str, Any]) -> None:
    model = Recorded.model_validate(table)
    assert model.written() == {"recorded": table}
    assert "recorded" in MODELS.names()


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize(
    ("matrix", "tasks", "field"),
    [("zeroeval_math_l5", "math_l5", "problem"), ("zeroeval_crux", "cruxeval_output", "question")],
)
def test_recorded_answers_score_as_in_the_table(matrix: str, tasks: str, field: str) -> None:
    file = DATA / "matrices" / f"{matrix}.npz"
    lines = (DATA / "tasks" / f"{tasks}.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    with np.load(file) as table:
        system, ids = str(table["systems"][0]), list(table["tasks"])
        correct, given = table["Y"][0], table["answers"][0]
    wanted = {"file": DATA / "tasks" / f"{tasks}.jsonl", "input": field}
    model = Recorded.model_validate({"matrix": file, "system": system, "tasks": wanted})
    replies = ask(model, *(request(f"## Task\n{row[field].strip()}\n") for row in rows))
    answers = [extract(reply.text) for reply in replies]
    columns = [ids.index(row["id"]) for row in rows]
    assert [reply.text for reply in replies] == [f"Answer: {given[c]}".rstrip() for c in columns]
    equal = [normalise(a) == normalise(row["answer"]) for a, row in zip(answers, rows, strict=True)]
    agree = [same == correct[c] for same, c in zip(equal, columns, strict=True)]
    assert sum(agree) >= 0.85 * len(rows)  # the rest is what only a scorer of its own can see
