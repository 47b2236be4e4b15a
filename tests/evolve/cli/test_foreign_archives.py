"""Archives of other users, and archives that were moved with their project."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from archive.compression import MOST_BYTES, compress
from archive.reading import Reader
from archive.store import Archive
from evolve.runfile.known_runs import record_path
from tests.evolve.cli.commands import Command, Completed, is_one_clear_line, run_file, written

GIFT = """
import pathlib
pathlib.Path({mark!r}).touch()
def score(task, answer): return 0.5
"""
LOOKS = (
    ("archive", "list"),
    ("archive", "show"),
    ("archive", "show", "0"),
    ("archive", "best"),
    ("archive", "tasks"),
    ("archive", "check"),
    ("export", "-o", "best.yaml"),
    ("export", "--format", "python", "-o", "best.py"),
    ("export", "--format", "optuna", "-o", "study.db"),
    ("report", "-o", "report.html"),
)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path / "old")
    return Command(monkeypatch, capsys)


@pytest.fixture
def received(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mark of a sender's scorer, which an archive in the working directory names."""
    mark = tmp_path / "ran"
    written("gift_scorer.py", GIFT.format(mark=str(mark)))
    run_file(**{"tasks.scorer": {"python": {"function": "gift_scorer:score"}}})
    assert command("run", "run.yaml", "--quiet").code == 0
    (tmp_path / "me").mkdir()
    shutil.copy("evolve.db", tmp_path / "me")
    monkeypatch.chdir(tmp_path / "me")
    sys.modules.pop("gift_scorer")
    mark.unlink()
    return mark


@pytest.mark.full
def test_looking_runs_nothing(received: Path, command: Command) -> None:
    for words in LOOKS:
        result = command(*words)
        assert result.code == 0, result
        assert not received.exists(), words


def asks_for_consent(result: Completed) -> None:
    is_one_clear_line(result, "the Python module gift_scorer is run (tasks.scorer)", "--trust")


@pytest.mark.full
def test_using_asks(received: Path, command: Command) -> None:
    system = written("system.yaml", {"agents": [{"name": "solver"}]})
    asks_for_consent(command("apply", system, "what is 1 and 2?"))
    asks_for_consent(command("serve", system, "--port", "0"))
    asks_for_consent(command("resume", "--evaluations", "90"))
    asks_for_consent(command("archive", "show", "--credit"))
    asks_for_consent(command("export", "--format", "trajectories"))
    assert not received.exists()


@pytest.mark.full
def test_accepted_once_is_accepted(
    received: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path.cwd().parent / "old")
    assert command("resume", "--evaluations", "70", "--quiet", "--trust").code == 0
    assert received.exists()
    assert command("resume", "--evaluations", "80", "--quiet").code == 0
    sys.modules.pop("gift_scorer")


@pytest.mark.full
def test_ones_own_run_needs_no_consent(command: Command) -> None:
    written("own_scorer.py", GIFT.format(mark="ran"))
    run_file(**{"tasks.scorer": {"python": {"function": "own_scorer:score"}}})
    assert command("run", "run.yaml", "--quiet").code == 0
    assert command("resume", "--evaluations", "70", "--quiet").code == 0
    assert str(Path("evolve.db").absolute()) in record_path().read_text()


@pytest.mark.full
def test_a_small_trace_cannot_fill_the_memory(command: Command) -> None:
    run_file()
    assert command("run", "run.yaml", "--quiet").code == 0
    with Archive.write(Path("evolve.db")) as archive:
        bomb = compress(b" " * (MOST_BYTES + 1))
        archive._database.execute("UPDATE traces SET body = ?", (bomb,))
    assert len(bomb) < 1 << 20
    result = command("archive", "check")
    assert result.code == 1
    assert "cannot be read" in result.out
    is_one_clear_line(command("report"), "larger than 128 MiB")


@pytest.fixture
def moved(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its own tasks whose folder was renamed after a run."""
    rows = [json.dumps({"question": f"{n} plus 3?", "answer": str(n + 3)}) for n in range(60)]
    written("own.jsonl", "\n".join(rows))
    tasks = {"file": "own.jsonl", "scorer": "numeric"}
    run_file(tasks=tasks, space={}, models={"m": {"scripted": {"script": {"": "Answer: 7"}}}})
    assert command("run", "run.yaml", "--quiet").code == 0
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "old").rename(tmp_path / "new")


def test_a_project_can_be_moved(
    moved: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("resume", "--archive", "new/evolve.db", "--evaluations", "70", "-q").code == 0
    monkeypatch.chdir(moved)
    assert command("resume", "--evaluations", "80", "-q").code == 0
    with Reader.read(Path("evolve.db")) as archive:
        assert json.loads(archive.run().settings)["tasks"]["file"] == "own.jsonl"


def test_an_archive_that_was_moved_alone_takes_a_run_file(moved: Path, command: Command) -> None:
    Path("evolve.db").write_bytes((moved / "evolve.db").read_bytes())
    result = command("resume", "--evaluations", "70", "-q")
    is_one_clear_line(result, "own.jsonl", "there is no such task file", "--run-file")
    words = ("resume", "--run-file", str(moved / "run.yaml"))
    assert command(*words, "--evaluations", "70", "-q").code == 0
    assert command("resume", "--evaluations", "80", "-q").code == 0  # it is remembered
    with Reader.read(Path("evolve.db")) as archive:
        assert archive.run().settings.count("own.jsonl") == 1
        assert archive.integrity() == []


def test_a_setting_can_be_changed_on_resuming(moved: Path, command: Command) -> None:
    words = ("resume", "--archive", "new/evolve.db", "--set", "budget.evaluations=75", "-q")
    assert command(*words).code == 0
    result = command(*words[:-3], "--set", "budget.evaluation=75")
    is_one_clear_line(result, "budget", "evaluations")


def test_another_search_is_refused(moved: Path, command: Command) -> None:
    written("other.jsonl", (moved / "own.jsonl").read_text().replace("plus", "and"))
    archive = ("--archive", "new/evolve.db", "--evaluations", "70", "-q")
    resume = ("resume", *archive, "--run-file", str(moved / "run.yaml"))
    result = command(*resume, "--set", "tasks.limit=30")
    is_one_clear_line(result, "tasks of these settings", "not those that run")
    result = command(*resume, "--set", 'models={"other": {"scripted": {"script": {"": "7"}}}}')
    is_one_clear_line(result, "models that these settings lack: m")
