"""Whole runs on Ray through the real command: the same results, no keys, nothing left behind."""

import asyncio
import json
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from archive.errors import ArchiveError
from archive.reading import Reader
from archive.records import Rollout
from benchmarks import ray_clusters
from benchmarks.ray_faults import measure
from evolve.runfile.settings import as_json
from tests.evolve.cli.commands import begin, end, evolve_process
from tests.evolve.cli.endpoints import project, serving
from tests.evolve.executors import scripts
from tests.evolve.models.openai.fake_endpoint import completion, says
from tests.evolve.runs import facts, reading, settings

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("ray")]

KEY = "planted-key-on-its-way-to-ray-0123456789"


@pytest.fixture(scope="module")
def mark() -> Iterator[dict[str, str]]:
    """A variable for processes; when all tests are over, none that inherited it is left.

    Where the driver was killed, Ray's own agents take a minute to notice.
    """
    given = {"EVOLVE_TEST_MARK": uuid4().hex}
    yield given
    ((name, value),) = given.items()
    until = time.monotonic() + 180
    while left := ray_clusters.marked(f"{name}={value}"):
        assert time.monotonic() < until, left
        time.sleep(0.5)


def test_a_simulated_run_is_the_same_on_ray(tmp_path: Path, cluster: Any) -> None:
    (tmp_path / "run.yaml").write_text(as_json(settings(budget={"evaluations": 80})))
    for archive, options in (("here", ()), ("ray", ("--ray-address", cluster.address))):
        result = evolve_process(
            "run", "run.yaml", "-q", "--archive", f"{archive}.db", *options, folder=tmp_path
        )
        assert result.code == 0, result
    with reading(tmp_path / "here.db") as here, reading(tmp_path / "ray.db") as there:
        assert facts(here) == facts(there)


def test_keys_are_not_logged_and_what_scores_has_none(tmp_path: Path, mark: dict[str, str]) -> None:
    """On a cluster of its own, whose processes inherit what this one has."""
    with serving() as endpoint, tempfile.TemporaryDirectory(dir="/tmp") as logs:
        scorer = {"python": {"function": f"{scripts.__name__}:tells_the_key"}}
        project(tmp_path, endpoint.url, tasks={"file": "tasks.jsonl", "scorer": scorer})
        result = evolve_process(
            *("run", "run.yaml", "-q", "--executor", "ray"),
            folder=tmp_path,
            OPENAI_API_KEY=KEY,
            RAY_TMPDIR=logs,
            **mark,
        )
        assert result.code == 0, result
        assert set(endpoint.keys) == {f"Bearer {KEY}"}
        kept = [path for path in (*Path(logs).rglob("*"), *tmp_path.iterdir()) if path.is_file()]
        assert "runtime_env_agent.log" in {path.name for path in kept}
        assert not [path for path in kept if KEY.encode() in path.read_bytes()]
    with Reader.read(tmp_path / "evolve.db") as archive:
        one_line = [r for r in archive.results(archive.run()) if isinstance(r, Rollout)]
    assert {rollout.score.feedback for rollout in one_line} == {"none"}


def test_nothing_is_left_behind_when_the_driver_is_killed(
    tmp_path: Path, mark: dict[str, str]
) -> None:
    (tmp_path / "run.yaml").write_text(as_json(settings(budget={"evaluations": 20_000})))
    process = begin("run", "run.yaml", "-q", "--executor", "ray", folder=tmp_path, **mark)
    wait_for(lambda: results(tmp_path / "evolve.db") > 10, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_matches_are_distributed_over_a_cluster(tmp_path: Path, cluster: Any) -> None:
    words = ("arena", "quickstart_simulated", "--with", "random", "--seeds", "1", "--share", "0.01")
    tables = []
    for out, options in (("here", ()), ("there", ("--ray-address", cluster.address))):
        result = evolve_process(
            *words, "--tasks", "10", "--out", out, "--json", *options, folder=tmp_path
        )
        assert result.code == 0, result
        tables.append(json.loads(result.out))
    assert tables[0] == tables[1]
    assert len(list((tmp_path / "there" / "matches").rglob("*.json"))) == 1


def test_nodes_may_come_and_go(tmp_path: Path, cluster: Any) -> None:
    """A node that comes gets work, and what one had in hand that goes is done by others."""
    with serving(then=slowly) as endpoint:
        whole = {"ray": {"address": cluster.address, "cpus": 1}}  # the new node's alone has room
        project(tmp_path, endpoint.url, budget={"evaluations": 400}, concurrency=2, executor=whole)
        process = begin("run", "run.yaml", "-q", folder=tmp_path, OPENAI_API_KEY=KEY)
        wait_for(lambda: len(workers(cluster)) == 2, process)
        before = set(workers(cluster))
        node = ray_clusters.add_node(cluster, cpus=1)
        wait_for(lambda: set(workers(cluster)) - before, process)
        there = set(workers(cluster)) - before
        cluster.remove_node(node)
        wait_for(lambda: not there.intersection(workers(cluster)), process)
        endpoint.behave(says("Answer: 4"))
        result = end(process)
    assert result.code == 0, result


async def slowly(request: web.Request, payload: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(2)
    return web.json_response(completion("Answer: 4"))


def test_what_dies_is_bought_again_elsewhere_and_nothing_settled_twice(cluster: Any) -> None:
    figures = measure(runs=3, cluster=cluster)
    assert figures["not_as_they_must_be"] == []
    assert figures["finished"] >= 2


def results(path: Path) -> int:
    """How many results a run has come to by now."""
    try:
        with Reader.read(path) as archive:
            return archive.results_seen(archive.run())
    except ArchiveError:
        return 0


def workers(cluster: Any) -> list[int]:
    return ray_clusters.processes(cluster, ray_clusters.WORKER)


def wait_for(there: Any, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 90
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.1)
