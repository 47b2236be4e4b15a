"""Trackers receive the figures of a search and have no effect on it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.store import Archive
from evolve.engine import tracking
from evolve.engine.run import start
from evolve.errors import RunError
from evolve.executors.local import Local
from evolve.forecast import estimate
from evolve.models.base import Models
from evolve.trackers.base import TRACKERS, Ended
from search_spaces.yaml_text import read_mapping
from tests.evolve.cli.commands import Command, is_one_clear_line
from tests.evolve.runs import facts, settings
from tests.evolve.trackers.followed import Failing, Noting

FOLLOWED = "tests.evolve.trackers.followed"


@pytest.fixture(autouse=True)
def whole_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run waits for its trackers, however busy the machine is."""
    monkeypatch.setattr(tracking, "GRACE_S", 60.0)


# Elsewhere whole evaluations are reserved, so other controls might be affordable.
SMALL = {"budget": {"evaluations": 60}, "confirm": {"tasks": 5, "controls": False}}


def outcome(path: Path, *trackers: object) -> dict[str, object]:
    with Archive.write(path) as archive:
        start(settings(**SMALL, trackers=trackers), archive)
        return facts(archive)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The facts of the same search without a tracker."""
    return outcome(tmp_path_factory.mktemp("alone") / "evolve.db")


def test_a_tracker_receives_the_run(
    tmp_path: Path, alone: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking, "EVERY_S", 0.0)
    monkeypatch.setattr(Noting, "notes", [])
    assert outcome(tmp_path / "evolve.db", f"{FOLLOWED}:Noting") == alone
    (_, tracked), (begun, _), *progress, (ended, end) = Noting.notes
    assert begun == "begin"
    assert ended == "end"
    assert isinstance(tracked, dict)
    assert tracked["budget.evaluations"] == "60"
    results = [each[0] for _, each in progress]  # type: ignore[index]
    assert results == sorted(results)
    figures = progress[-1][1][1]  # type: ignore[index]
    assert figures["evaluations"] <= 60
    assert figures["score_low"] <= figures["score"] <= figures["score_high"]
    assert isinstance(end, Ended)
    assert end.status == "finished"
    (confirmation,) = alone["confirmations"]  # type: ignore[misc]
    assert end.figures["test_score"] == confirmation.mean
    assert end.figures["gain_low"] == confirmation.difference_interval[0]
    assert read_mapping(end.system, "best")["agents"]


@pytest.mark.full
@pytest.mark.parametrize("when", ["follow", "models", "executor", "begin", "progress", "end"])
def test_one_that_fails_is_given_up_in_one_line(
    tmp_path: Path, alone: dict[str, object], capsys: pytest.CaptureFixture[str], when: str
) -> None:
    assert outcome(tmp_path / "evolve.db", {f"{FOLLOWED}:Failing": {"when": when}}) == alone
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"evolve: the tracker {FOLLOWED}:Failing is dropped: no [key] server"


def test_one_that_hangs_is_not_waited_for(
    tmp_path: Path,
    alone: dict[str, object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracking, "GRACE_S", 0.0)
    monkeypatch.setattr(tracking, "ANSWER_S", 0.1)
    waits: list[Callable[[], None]] = []
    monkeypatch.setattr(tracking.atexit, "register", waits.append)
    assert outcome(tmp_path / "evolve.db", f"{FOLLOWED}:Hanging") == alone
    assert capsys.readouterr().err == ""
    (wait_at_exit,) = waits
    wait_at_exit()
    (line,) = capsys.readouterr().err.splitlines()
    assert "Hanging is dropped: no answer within 0.1 s" in line


@pytest.mark.full
@pytest.mark.parametrize("name", TRACKERS.names())
def test_a_missing_package_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setattr("evolve.trackers.base.find_spec", lambda package: None)
    with pytest.raises(RunError, match=rf"pip install 'evolve-mas\[{name}\]'"):
        TRACKERS.find(name)().require()
    result = command("run", "quickstart_simulated", "--archive", "other.db", "--tracker", name)
    is_one_clear_line(result, f"the tracker {name} needs", f"evolve-mas[{name}]")


def test_packages_are_looked_for_where_they_are() -> None:
    for name in TRACKERS.names():
        package = TRACKERS.find(name).package
        top = package.partition(".")[0]
        assert package.count(".") <= 1
        if importlib.util.find_spec(top):
            assert importlib.util.find_spec(package), package


def test_an_unknown_tracker_is_refused_with_the_nearest_name(command: Command) -> None:
    result = command("run", "quickstart_simulated", "--archive", "other.db", "--tracker", "mlflo")
    is_one_clear_line(result, "unknown tracker 'mlflo'; did you mean 'mlflow'")


@pytest.mark.full
def test_a_rehearsal_has_no_trackers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noting, "notes", [])
    estimate(settings(**SMALL, trackers=[f"{FOLLOWED}:Noting"]))
    assert Noting.notes == []


@pytest.mark.full
def test_models_are_left_alone_where_agents_run_elsewhere(
    tmp_path: Path, alone: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[Models] = []
    bind = Local.bind

    def noting(self: Local, models: Models, *others: Any) -> Local:
        bound.append(models)
        return bind(self, models, *others)

    def refusing(self: Failing, models: Models) -> Models:
        return Models({}, "")

    monkeypatch.setattr(Failing, "models", refusing)
    monkeypatch.setattr(Local, "bind", noting)
    monkeypatch.setattr(Local, "elsewhere", True)
    assert outcome(tmp_path / "evolve.db", f"{FOLLOWED}:Failing") == alone
    assert bound[0].names
