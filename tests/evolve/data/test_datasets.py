"""Task sets from the library `datasets`: made here, on disk, without any network."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from evolve.errors import TaskError
from evolve.runfile.settings import RunSettings, read_settings
from search_spaces.errors import EvolveError

ROWS = {
    "asked": [f"What is {n} + {n}?" for n in range(20)],
    "solution": [f"It is twice that. #### {2 * n}" for n in range(20)],
    "kind": [n % 2 for n in range(20)],
}


def settings(folder: Path, **tasks: Any) -> RunSettings:
    fields = {"input": "asked", "answer": "solution", "answer_pattern": "#### (.+)"}
    scripted = {"scripted": {"script": {}}}
    values = {
        "tasks": {**fields, **tasks},
        "models": {"m": scripted},
        "budget": {"calls": 1},
    }
    return read_settings(json.dumps(values).encode(), "run.yaml", folder)


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the same rows as save_to_disk writes them, and as plain files."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "asked": datasets.Value("string"),
            "solution": datasets.Value("string"),
            "kind": datasets.ClassLabel(names=["even", "odd"]),
        }
    )
    table = datasets.Dataset.from_dict(ROWS, features=features)
    table.save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict({"test": table}).save_to_disk(str(tmp_path / "several"))
    (tmp_path / "plain").mkdir()
    table.to_json(str(tmp_path / "plain" / "test.jsonl"))
    return tmp_path


@pytest.mark.full
@pytest.mark.parametrize("name", ["one", "several", "plain"])
def test_rows_become_tasks_with_the_same_mapping(saved: Path, name: str) -> None:
    domain = {} if name == "plain" else {"domain": "kind"}
    tasks = settings(saved, dataset={"name": name}, **domain).tasks.load(0)
    every = [*tasks.train, *tasks.validation, *tasks.unseal()]
    assert sorted(task.input.text for task in every) == sorted(ROWS["asked"])
    assert {task.answer for task in every} == {str(2 * n) for n in range(20)}
    if domain:
        assert {task.domain for task in every} == {"even", "odd"}


@pytest.mark.full
@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ({"name": "several", "split": "train"}, "data set .*several, train: cannot be read: "),
        ({"name": "nobody/nothing"}, "data set nobody/nothing, test: cannot be read: "),
        ({"name": "one", "config": "x"}, ""),
    ],
)
def test_unreadable_data_is_one_clear_line(
    saved: Path, dataset: dict[str, str], message: str
) -> None:
    if not message:
        assert settings(saved, dataset=dataset).tasks.load(0).sealed
        return
    with pytest.raises(TaskError, match=message) as failed:
        settings(saved, dataset=dataset).tasks.load(0)
    assert "\n" not in str(failed.value)


@pytest.mark.full
def test_a_row_that_is_wrong_is_named(saved: Path) -> None:
    with pytest.raises(TaskError, match=r"one, test, row 1: there is no field 'quest'"):
        settings(saved, dataset={"name": "one"}, input="quest").tasks.load(0)


def test_a_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(TaskError, match=r"pip install 'evolve-mas\[datasets\]'"):
        settings(tmp_path, dataset={"name": "openai/gsm8k"}).tasks.load(0)


@pytest.mark.parametrize("both", [{}, {"file": "t.jsonl", "dataset": {"name": "openai/gsm8k"}}])
def test_tasks_come_from_one_place(tmp_path: Path, both: dict[str, Any]) -> None:
    with pytest.raises(EvolveError, match="tasks: name either a `file` or a `dataset`"):
        settings(tmp_path, **both)
