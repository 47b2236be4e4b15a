"""Errors of clusters are one clear line, and leave nothing behind."""

import importlib.util
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.evolve.cli.commands import Command, is_one_clear_line, run_file

OWN = """
from pathlib import Path

def score(task, answer):
    return 1.0

Path(__file__).unlink()  # no other process finds it any more
"""


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    monkeypatch.chdir(tmp_path)
    yield Command(monkeypatch, capsys)
    if importlib.util.find_spec("ray"):
        import ray

        ray.shutdown()


def test_missing_ray_names_the_extra(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolve.executors.ray.find_spec", lambda name: None)
    result = command("run", run_file(), "--executor", "ray")
    is_one_clear_line(result, "evolve-mas[ray]", "--executor local")


def test_an_unknown_executor_is_refused(command: Command) -> None:
    is_one_clear_line(command("run", run_file(), "--executor", "rey"), "did you mean 'ray'?")
    result = command("resume", "--executor", "rey", "--archive", "none.db")
    assert result.code == 2


@pytest.mark.full
@pytest.mark.xdist_group("ray")
@pytest.mark.parametrize(
    ("address", "one_line"),
    [
        ("127.0.0.1:1", "no Ray cluster can be reached at 127.0.0.1:1"),
        ("nowhere.invalid:6379", "no Ray cluster can be reached"),
        ("somewhere", "expected `local`, `auto` or HOST:PORT"),
        ("127.0.0.1:99999999", "no Ray cluster can be reached"),
        ("ray://head:10001", "--ray-address auto"),
        ("", "expected `local`"),
    ],
)
def test_an_address_without_a_cluster(command: Command, address: str, one_line: str) -> None:
    result = command("run", run_file(), "--ray-address", address)
    is_one_clear_line(result, one_line)


@pytest.mark.full
@pytest.mark.xdist_group("ray")
def test_another_version_at_the_address(
    command: Command, bare_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    monkeypatch.setattr(ray, "__version__", "2.1.0")
    result = command("run", run_file(), "--ray-address", bare_cluster.address)
    is_one_clear_line(result, "this process Ray: 2.1.0 and Python: ", "install the same versions")


@pytest.mark.full
@pytest.mark.xdist_group("ray")
def test_a_cluster_without_processors(command: Command, bare_cluster: Any) -> None:
    result = command("run", run_file(), "--ray-address", bare_cluster.address)
    is_one_clear_line(result, "has 0 CPUs", "min_workers: 1")


@pytest.mark.full
@pytest.mark.xdist_group("ray")
def test_an_actor_that_cannot_import_the_scorer(command: Command, cluster: Any) -> None:
    Path("vanishing_scorer.py").write_text(OWN)
    values = json.loads(Path(run_file()).read_text())
    values["tasks"]["scorer"] = {"python": {"function": "vanishing_scorer:score"}}
    Path("run.yaml").write_text(json.dumps(values))
    result = command("run", "run.yaml", "--ray-address", cluster.address)
    is_one_clear_line(result, "vanishing_scorer", "an actor on Ray cannot build what the run needs")


@pytest.mark.full
@pytest.mark.xdist_group("ray")
def test_something_else_at_the_address(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        began = time.monotonic()
        result = command("run", run_file(), "--ray-address", f"127.0.0.1:{port}")
    is_one_clear_line(result, "no Ray cluster can be reached")
    assert time.monotonic() - began < 30
