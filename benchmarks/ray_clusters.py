"""Ray clusters of several nodes on this machine, for benchmarks and tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ray._private.node import Node
    from ray.cluster_utils import Cluster

WORKER = "ray::RolloutActor"
SCORER = "ray::ScoringActor"
_NODE = {"include_dashboard": False, "object_store_memory": 100 * 2**20}


@contextmanager
def cluster(cpus: float) -> Iterator[Cluster]:
    """A cluster whose head has so many CPUs; nodes are added with `add_node`."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": cpus, **_NODE})
    try:
        yield made
    finally:
        made.shutdown()


def add_node(made: Cluster, cpus: float) -> Node:
    """Another node, which `made.remove_node` kills."""
    return made.add_node(num_cpus=cpus, **_NODE)


def nodes(made: Cluster) -> list[Node]:
    """All nodes but the head."""
    return [each for each in made.list_all_nodes() if not each.head]


def processes(made: Cluster, title: str) -> list[int]:
    """The process ids of a cluster's actors of one kind."""
    raylets = {
        each.process.pid
        for node in made.list_all_nodes()
        for each in node.all_processes.get("raylet", ())
    }
    return sorted(
        pid for pid, parent, name in _running() if parent in raylets and name.startswith(title)
    )


def marked(variable: str) -> list[int]:
    """The ids of all processes that inherited a variable, written as NAME=value."""
    found = []
    for pid, _, _ in _running():
        with suppress(OSError):
            if variable.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def _running() -> Iterator[tuple[int, int, str]]:
    """Every process: its id, its parent's and its title; those that have ended are left out."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            stat = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat[0] != "Z":
            yield int(place.name), int(stat[1]), title.strip()
