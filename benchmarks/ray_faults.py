"""Runs on Ray whose actors die: `python -m benchmarks.ray_faults [--runs 30] [--seed 0]`.

`ticket` runs of the simulated quickstart over HTTP, each once here and then several times on a Ray
cluster of two nodes, of which an actor that runs agents, one that scores, or a whole node is
killed midway. Every run must end, with the result of the local one; every repeated call must be one
that was in flight at a kill, and booked as unanswered. Every other run has a cap on
calls instead, which neither the archive's books nor the server's count may exceed. Prints what was
found; exits with 1 if anything is not as it must be.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.reading import Reader
from benchmarks import ray_clusters
from benchmarks.faults import found
from benchmarks.kills import Case, cases, evolve, requests_to, run_file, serving, status, to_its_end

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

FAULTS = ("actor", "scorer", "node")
CPUS = 2
"""Processors of every node, as reported by Ray."""

TIGHT = 400
"""The cap on calls of every other run."""


class Verdict(NamedTuple):
    """The result of a run of which something was killed."""

    fault: str
    status: str
    same: bool
    further: int
    """Calls beyond those of the run on this machine."""
    lost: int
    """Calls that are booked as unanswered."""
    over: int
    """Calls beyond the cap, booked or made."""

    @property
    def as_it_must_be(self) -> bool:
        """Whether nothing settled was paid twice, no cap exceeded, and the result is the same."""
        ended = self.status == "finished" or (self.status == "paused" and self.lost > 0)
        return ended and self.same and self.further <= self.lost and self.over <= 0


def booked(path: Path) -> tuple[int, int]:
    """The booked calls of a run: all, and unanswered ones."""
    with Reader.read(path) as archive:
        spend = archive.spend(archive.run())
    return sum(usage.calls for usage in spend.values()), (
        spend["lost"].calls if "lost" in spend else 0
    )


def cap_calls(folder: Path) -> None:
    """Caps the calls of a run file instead of its evaluations."""
    values = json.loads((folder / "run.yaml").read_text())
    values["budget"] = {"calls": TIGHT}
    (folder / "run.yaml").write_text(json.dumps(values))


def strike(cluster: "Cluster", fault: str, rng: Random) -> None:
    """Kills one of that kind; a killed node is replaced."""
    if fault == "node":
        cluster.remove_node(rng.choice(ray_clusters.nodes(cluster)))
        ray_clusters.add_node(cluster, cpus=CPUS)
        return
    title = ray_clusters.WORKER if fault == "actor" else ray_clusters.SCORER
    if victims := ray_clusters.processes(cluster, title):
        os.kill(rng.choice(victims), signal.SIGKILL)


def judge(
    cluster: "Cluster", folder: Path, base: str, calls: int, fault: str, tight: bool, rng: Random
) -> Verdict:
    """One run of a run file on Ray; ``calls`` are those of the same run on this machine."""
    before, when = requests_to(base), rng.uniform(0.1, 0.9) * calls
    path = folder / "ray.db"
    for left in folder.glob("ray.db*"):
        left.unlink()
    process = evolve(
        folder, "run", "run.yaml", "--ray-address", cluster.address, "--archive", str(path)
    )
    while requests_to(base) - before < when and process.poll() is None:
        time.sleep(0.02)
    strike(cluster, fault, rng)
    process.communicate(timeout=300)
    requests, (all_calls, lost) = requests_to(base) - before, booked(path)
    same = tight or found(path) == found(folder / "local.db")
    over = max(all_calls, requests) - TIGHT if tight else 0
    return Verdict(fault, status(path), same, requests - calls if not tight else 0, lost, over)


def locally(folder: Path, case: Case, base: str) -> int:
    """A case's run on this machine; returns its calls."""
    run_file(folder, case, base)
    before = requests_to(base)
    to_its_end(evolve(folder, "run", "run.yaml", "--archive", "local.db"))
    return requests_to(base) - before


def measure(runs: int, seed: int = 0, cluster: "Cluster | None" = None) -> dict[str, Any]:
    """All figures, on a given cluster or a new one."""
    if cluster is None:
        with ray_clusters.cluster(cpus=0) as made:
            for _ in range(2):
                ray_clusters.add_node(made, cpus=CPUS)
            return measure(runs, seed, made)
    rng = Random(f"benchmarks/ray_faults/{seed}")
    verdicts: list[Verdict] = []
    known = cases("ticket")
    rng.shuffle(known)
    with serving("http") as base:
        while len(verdicts) < runs:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                case = known[len(verdicts) // len(FAULTS) % len(known)]
                calls = locally(folder, case, base)
                for fault in FAULTS[: runs - len(verdicts)]:
                    run_file(folder, case, base)
                    tight = len(verdicts) % 2 == 1
                    if tight:
                        cap_calls(folder)
                    verdicts.append(judge(cluster, folder, base, calls, fault, tight, rng))
    return {
        "runs": len(verdicts),
        "finished": sum(verdict.status == "finished" for verdict in verdicts),
        "calls_lost": sum(verdict.lost for verdict in verdicts),
        "calls_made_again": sum(max(0, verdict.further) for verdict in verdicts),
        "not_as_they_must_be": [v._asdict() for v in verdicts if not v.as_it_must_be],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        figures = measure(arguments.runs, arguments.seed)
    except subprocess.TimeoutExpired as error:
        sys.exit(f"a run did not come to its end: {error}")
    print(json.dumps(figures))
    if figures["not_as_they_must_be"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
