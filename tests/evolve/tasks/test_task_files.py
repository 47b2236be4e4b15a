import gzip
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evolve.errors import TaskError
from evolve.tasks.files import TaskSettings
from evolve.tasks.splits import Shares, assign, sample
from evolve.tasks.task_set import TaskSet
from search_spaces.errors import explain
from tests.strategies import examples

DATA = Path(__file__).parents[4] / "shared" / "data" / "tasks"
ROWS = [{"question": f"What is {n}?", "answer": str(n)} for n in range(10)]


def lines(*rows: object) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def load(file: Path, text: str | bytes | None = None, seed: int = 0, **settings: Any) -> TaskSet:
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return TaskSettings.model_validate({"file": file, **settings}).load(seed)


def everything(tasks: TaskSet) -> list[Any]:
    return sorted((*tasks.train, *tasks.validation, *tasks.unseal()), key=lambda t: t.number)


def as_csv(rows: list[dict[str, str]]) -> str:
    return "\r\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", lines(*ROWS)),
        ("t.ndjson", "\n\n" + lines(*ROWS)),
        ("t.json", json.dumps(ROWS, indent=1)),
        ("t.json", json.dumps({"version": 1, "data": ROWS}, indent=1)),
        ("t.json", lines(*ROWS)),
        ("t.jsonl", json.dumps(ROWS, indent=1)),
        ("t.csv", as_csv(ROWS)),
        ("t.csv", "\ufeff" + as_csv(ROWS)),
        ("T.JSONL", lines(*ROWS)),
        ("t.jsonl.gz", gzip.compress(lines(*ROWS).encode(), mtime=0)),
        ("t.csv.gz", gzip.compress(as_csv(ROWS).encode(), mtime=0)),
    ],
)
def test_every_format_has_the_same_content(tmp_path: Path, name: str, text: str | bytes) -> None:
    tasks = everything(load(tmp_path / name, text))
    assert [t.input.text for t in tasks] == [row["question"] for row in ROWS]
    assert [t.answer for t in tasks] == [row["answer"] for row in ROWS]
    assert [t.number for t in tasks] == list(range(10))
    assert {t.input.instructions for t in tasks} == {"Finish with a line 'Answer: <answer>'."}


def test_fields_may_be_nested_templated_and_searched(tmp_path: Path) -> None:
    rows = [
        {
            "q": {"text": f"Is {n} even?", "options": ["yes", "no", n]},
            "solution": f"Think.\n#### {n} is it\n",
            "meta": {"key": f"k{n}", "topic": "odd" if n % 2 else "even"},
        }
        for n in range(6)
    ]
    tasks = everything(
        load(
            tmp_path / "t.jsonl",
            lines(*rows),
            input="{q.text} {{{q.options.0}}} {q.options}",
            answer="solution",
            answer_pattern=r"####\s*(\S+)",
            id="meta.key",
            domain="meta.topic",
            instructions="Yes or no?",
        )
    )
    assert tasks[3].input.text == 'Is 3 even? {yes} ["yes", "no", 3]'
    assert tasks[3].input.id == "k3"
    assert tasks[3].answer == "3"
    assert tasks[3].domain == "odd"
    assert tasks[3].input.instructions == "Yes or no?"


def test_a_template_reaches_no_attributes(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"no field 'question\.__class__'"):
        load(tmp_path / "t.jsonl", lines(*ROWS), input="{question.__class__}")


def test_without_an_answer_field_the_row_is_the_truth(tmp_path: Path) -> None:
    scorer = {"python": {"function": "math:isclose"}}
    tasks = everything(load(tmp_path / "t.jsonl", lines(*ROWS), answer=None, scorer=scorer))
    assert [t.answer for t in tasks] == ROWS


def test_a_field_names_the_split(tmp_path: Path) -> None:
    splits = ["test", "validation", "train", "test", "validation"]
    rows = [row | {"part": split} for row, split in zip(ROWS, splits, strict=False)]
    tasks = load(tmp_path / "t.jsonl", lines(*rows), split="part")
    assert [record.split for record in tasks.records] == splits
    assert tasks.sealed == 2


def test_sealed_tasks_are_looked_at_on_the_record(tmp_path: Path) -> None:
    tasks = load(tmp_path / "t.jsonl", lines(*ROWS))
    seen: list[int] = []
    assert tasks.looks == 0
    sealed = tasks.unseal(lambda looked: seen.extend(task.number for task in looked))
    tasks.unseal()
    assert tasks.looks == 2
    assert [task.number for task in sealed] == seen
    assert len(sealed) == tasks.sealed == 4
    open_numbers = {task.number for task in (*tasks.train, *tasks.validation)}
    assert open_numbers.isdisjoint(seen)


def test_the_records_hold_no_text_and_the_longest_gives_none_away(tmp_path: Path) -> None:
    rows = [*ROWS, {"question": "é" * 50, "answer": "secret"}]
    tasks = load(tmp_path / "t.jsonl", lines(*rows))
    assert [record.number for record in tasks.records] == list(range(11))
    assert "What" not in str(tasks.records)
    longest = tasks.longest
    assert len(longest.text.encode()) == 100
    assert "é" not in longest.text
    assert len(longest.instructions) == len(tasks.train[0].input.instructions)


def test_the_seed_decides_a_random_split(tmp_path: Path) -> None:
    rows = [{"question": f"{n}?", "answer": n, "d": "xyz"[n % 3]} for n in range(60)]
    file = tmp_path / "t.jsonl"
    one = load(file, lines(*rows), domain="d").records
    assert load(file, domain="d").records == one
    assert load(file, domain="d", seed=1).records != one
    shares = Counter((record.domain, record.split) for record in one)
    for domain in "xyz":
        counts = [shares[domain, split] for split in ("train", "validation", "test")]
        assert all(abs(n - want) <= 1 for n, want in zip(counts, (4, 8, 8), strict=True))
    other = load(file, splits={"validation": 0.5, "test": 0.5}, domain="d")
    assert (len(other.train), len(other.validation), other.sealed) == (0, 30, 30)


def test_a_limit_leaves_every_domain_its_part(tmp_path: Path) -> None:
    rows = [{"question": f"{n}?", "answer": n, "d": "x" if n < 30 else "y"} for n in range(90)]
    file = tmp_path / "t.jsonl"
    tasks = load(file, lines(*rows), domain="d", limit=30)
    counts = Counter(record.domain for record in tasks.records)
    assert counts.total() == 30
    assert 9 <= counts["x"] <= 11
    assert {t.input.text for t in everything(tasks)} <= {row["question"] for row in rows}
    assert all(t.input.text == f"{t.number}?" for t in everything(tasks))
    assert len(load(file, limit=1000).records) == 90


shares = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(1, 9)).map(
    lambda parts: Shares(
        **{
            name: part / sum(parts)
            for name, part in zip(("train", "validation", "test"), parts, strict=True)
        }
    )
)
domains = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=60)


@examples(100)
@given(domains, shares, st.integers(0, 99))
def test_splits_keep_their_shares(domains: list[str], shares: Shares, seed: int) -> None:
    splits = assign(domains, shares, Random(seed))
    assert len(splits) == len(domains)
    for name in ("train", "validation", "test"):
        assert abs(splits.count(name) - getattr(shares, name) * len(domains)) <= 1 + 1e-9


@examples(100)
@given(domains, st.data())
def test_samples_keep_their_proportions(domains: list[str], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(domains)))
    chosen = sample(domains, size, Random(data.draw(st.integers(0, 99))))
    assert len(set(chosen)) == size
    for domain in set(domains):
        share = domains.count(domain) * size / len(domains)
        assert abs([domains[i] for i in chosen].count(domain) - share) < 1 + 1e-9


GOOD = lines(*ROWS)


@pytest.mark.parametrize(
    ("name", "text", "settings", "message"),
    [
        ("t.jsonl", None, {}, r"t\.jsonl: there is no such task file"),
        ("t.jsonl", "", {}, r"t\.jsonl: there are no tasks"),
        ("t.jsonl", "\n \n", {}, "there are no tasks"),
        ("t.json", " ", {}, "there are no tasks"),
        ("t.csv", "question,answer\n", {}, "there are no tasks"),
        ("t.jsonl", GOOD + "{oops\n", {}, "line 11: no valid JSON"),
        ("t.jsonl", GOOD + "[1]\n", {}, "line 11: expected an object, found an array"),
        ("t.jsonl", "[" * 100_000, {}, "line 1: no valid JSON"),
        ("t.json", '[{"a": 1},\n{oops]', {}, "line 2: no valid JSON"),
        ("t.json", "{}", {}, "expected an array of objects, found an object"),
        ("t.json", "[null]", {}, "item 1: expected an object, found null"),
        ("t.csv", "question,answer\na,b\n\nc\n", {}, "line 4: 1 cells, but .* 2 columns"),
        ("t.csv", 'question,answer\na,"b\nc"\nd\n', {}, "line 4: 1 cells"),
        ("t.csv", 'question,answer\na,"b', {}, "line 2: no valid CSV"),
        ("t.csv", "answer,answer\na,b\n", {}, "line 1: two columns are called 'answer'"),
        ("t.jsonl", GOOD.encode() + b'{"question": "\xff"}\n', {}, "line 11: is no UTF-8"),
        ("t.jsonl.gz", GOOD, {}, "no whole gzip file"),
        ("t.jsonl.gz", gzip.compress(GOOD.encode(), mtime=0)[:-9], {}, "no whole gzip file"),
        ("t.txt", GOOD, {}, r"unknown ending '\.txt'.*\.csv"),
        ("t", GOOD, {}, "unknown ending ''"),
        ("t.jsonl", GOOD, {"input": "query"}, "no field 'query'.*question, answer"),
        ("t.jsonl", GOOD, {"answer": "answer.x"}, "line 1: there is no field 'answer.x'"),
        ("t.jsonl", GOOD, {"domain": "topic"}, "line 1: there is no field 'topic'"),
        ("t.jsonl", GOOD + lines({"question": " ", "answer": 1}), {}, r"\(line 11\): .* is empty"),
        ("t.jsonl", GOOD + lines({"question": None, "answer": 1}), {},
         r"1 of 11 rows lacks text or answer \(line 11\): .*'question' is empty \(null\)"),
        ("t.jsonl", GOOD + lines({"question": "a", "answer": {"a": 1}}), {}, "line 11: .* exact"),
        ("t.jsonl", GOOD + lines({"question": "a", "answer": None}), {},
         r"\(line 11\): the answer is empty \(null\)"),
        ("t.jsonl", GOOD + lines({"question": "a", "answer": "b"}), {"scorer": "numeric"},
         "line 11: the truth 'b' does not suit the scorer numeric: expected one number"),
        ("t.jsonl", GOOD, {"answer_pattern": "#(.)"}, "line 1: 'answer' holds nothing that fits"),
        ("t.jsonl", lines(*(row | {"i": n % 9} for n, row in enumerate(ROWS))), {"id": "i"},
         "line 10: the id '0' is already that of line 1"),
        ("t.jsonl", lines(*(row | {"s": "tset"} for row in ROWS)), {"split": "s"},
         "line 1: unknown split 'tset'; did you mean 'test'"),
        ("t.jsonl", lines(*(row | {"s": "test"} for row in ROWS)), {"split": "s"},
         "of 10 tasks 0 are for validation, which needs at least 2"),
        ("t.jsonl", lines(*ROWS[:4]), {"splits": {"validation": 0.9, "test": 0.1}},
         "of 4 tasks 0 are for test"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_clear_line(
    tmp_path: Path, name: str, text: str | bytes | None, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskError, match=message) as caught:
        load(tmp_path / name, text, **settings)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").mkdir()
    with pytest.raises(TaskError, match="cannot be read"):
        load(tmp_path / "t.jsonl")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"splits": {"validation": 0.5, "test": 0.6}}, "splits: the shares sum to 1.1"),
        ({"splits": {"validation": 1, "test": 0}}, "splits.test"),
        ({"splits": {"validation": 0.5, "test": 0.5}, "split": "s"}, "keep one of them"),
        ({"input": "{a} {}"}, "input: a placeholder names no field"),
        ({"input": "{a"}, "input: a lone '{'"),
        ({"answer_pattern": "("}, "answer_pattern: is no regular expression"),
        ({"scorer": "numerical"}, "scorer: unknown scorer 'numerical'; did you mean 'numeric'"),
        ({"limit": 0}, "limit"),
        ({"inptu": "q"}, "inptu: unknown key"),
    ],
)
def test_invalid_settings_are_reported(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TaskSettings.model_validate({"file": "t.jsonl", **settings})
    assert message in str(explain(caught.value, "run.yaml"))


def test_files_lie_beside_the_run_file_and_settings_survive_writing(tmp_path: Path) -> None:
    load(tmp_path / "t.jsonl", GOOD)
    settings = TaskSettings.model_validate(
        {"file": "t.jsonl", "scorer": {"numeric": {"tolerance": 0.5}}, "limit": 8},
        context={"folder": tmp_path},
    )
    written = settings.model_dump(mode="json", exclude_defaults=True)
    assert TaskSettings.model_validate(written) == settings
    assert settings.load(3).records == TaskSettings.model_validate(written).load(3).records


@pytest.mark.parametrize(
    ("name", "size", "settings"),
    [
        ("gsm8k_test.jsonl", 1319, {"answer_pattern": r"####\s*(.+)", "scorer": "numeric"}),
        ("bbh_all.jsonl", 6511, {"input": "input", "answer": "target", "domain": "task"}),
        ("game24.csv", 1362, {"input": "Make 24 of {Puzzles}.", "answer": "Rank"}),
        ("math_l5.jsonl", 721, {"input": "problem", "id": "id"}),
    ],
)
def test_public_task_sets_can_be_read(name: str, size: int, settings: dict[str, Any]) -> None:
    if not (DATA / name).is_file():
        pytest.skip("the public task sets are not on this machine")
    assert len(load(DATA / name, **settings).records) == size
