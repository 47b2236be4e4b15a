"""The cluster files are valid for Ray and Kubernetes, and start existing commands."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import configs
from evolve.cli.run import run
from evolve.runfile.settings import shipped_run_files

FOLDER = Path(configs.__file__).parent / "cluster"
RAY_UP, KUBERAY = FOLDER / "ray_up.yaml", FOLDER / "kuberay.yaml"


def read(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(path.read_text())
    return values


def containers(job: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [one for each in groups for one in each["template"]["spec"]["containers"]]


def test_they_are_no_run_files() -> None:
    assert not [name for name in shipped_run_files() if name.startswith("cluster")]


@pytest.mark.full
@pytest.mark.xdist_group("ray")
def test_ray_takes_the_cluster_file() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(read(RAY_UP)))


def test_the_cluster_files_head_leaves_room_for_the_driver() -> None:
    values = read(RAY_UP)
    kinds = values["available_node_types"]
    assert values["head_node_type"] in kinds
    assert kinds["worker"]["max_workers"] <= values["max_workers"]
    assert kinds["worker"]["min_workers"] >= 1


def test_the_job_has_what_kuberay_wants() -> None:
    job = read(KUBERAY)
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for group in groups:  # Kubernetes takes texts alone here
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    for group in cluster["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    assert len({one["image"] for one in containers(job)}) == 1, "the same versions everywhere"
    for one in containers(job):
        assert all(isinstance(v.get("value", ""), str) for v in one["env"])
        assert one["resources"]["requests"] == one["resources"]["limits"]


def test_keys_are_the_heads_alone_and_none_is_written_out() -> None:
    head, *workers = containers(read(KUBERAY))
    secret = {each["name"]: each for each in head["env"]}["OPENAI_API_KEY"]
    assert "value" not in secret
    for one in workers:
        assert "OPENAI_API_KEY" not in {each["name"] for each in one["env"]}


def test_the_job_runs_a_command_that_there_is() -> None:
    words = shlex.split(read(KUBERAY)["spec"]["entrypoint"])
    assert words[:2] == ["evolve", "run"]
    options = {word.removeprefix("--").replace("-", "_") for word in words if word[:2] == "--"}
    assert options <= set(run.__annotations__)
    mounts = [mount["mountPath"] for mount in containers(read(KUBERAY))[0]["volumeMounts"]]
    assert all(word.startswith(tuple(mounts)) for word in words if word.startswith("/"))
