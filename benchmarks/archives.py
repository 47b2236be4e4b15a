"""A large archive: `python -m benchmarks.archives [--rollouts N] [--candidates N] [--json]`.

Fills a new archive in groups as a search does, without traces, and times commands, each in its own
process. Prints rollouts a second, bytes a rollout, wall and processor seconds a command, and how
long it takes to restore an interrupted run that has a snapshot and some results since.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from archive.records import (
    Candidate,
    Decision,
    Parent,
    Rollout,
    Run,
    Score,
    Standing,
    Step,
    TaskRecord,
    Trace,
    Usage,
)
from archive.store import Archive
from evolve.budget.ledger import Budget
from evolve.engine import snapshot
from evolve.engine.restore import restore
from evolve.engine.state import SearchState
from evolve.runfile.settings import load_run_file
from evolve.standings import Observation
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import diff

TASKS = 1_000
GROUP = 1_000
SINCE = 500
"""Results since the snapshot."""
COMMANDS = (
    ("list",),
    ("best",),
    ("pareto",),
    ("lineage", "last"),
    ("show", "last"),
)


def configuration(number: int) -> SystemConfig:
    return SystemConfig(agents=(Agent(name="solver", prompt=f"Work in {number} steps."),))


def candidates(count: int, rng: Random) -> Iterator[Candidate]:
    """One seed, and children of earlier candidates."""
    yield Candidate(number=0, config=configuration(0), operator="seed")
    for number in range(1, count):
        parent = rng.randrange(max(0, number - 200), number)
        child = configuration(number)
        edits = diff(configuration(parent), child)
        arrow = Parent(candidate=parent, edits=edits)
        yield Candidate(number=number, config=child, operator="rewrite", parents=(arrow,))


def rollouts(first: int, count: int, of: int, rng: Random) -> list[tuple[Decision, Rollout]]:
    """Evaluations of one call each, in the order of their numbers."""
    made = []
    for number in range(first, first + count):
        candidate, task = rng.randrange(of), rng.randrange(TASKS)
        usage = Usage(calls=1, prompt_tokens=400, completion_tokens=150, usd=3e-4, seconds=1.5)
        step = Step(agent="solver", round=1, sample=0, model="small", text="", usage=usage)
        trace = Trace(answer="", steps=(step,), usage=usage)
        at = 0.01 * number
        decision = Decision(
            number=number, purpose="search", candidate=candidate, task=task, after=number, at=at
        )
        score = Score(value=float(rng.random() < 0.6))
        rollout = Rollout(
            decision=number,
            position=number,
            candidate=candidate,
            task=task,
            score=score,
            trace=trace,
            at=at,
        )
        made.append((decision, rollout))
    return made


def fill(path: Path, count: int, of: int) -> float:
    """Writes an archive; returns the seconds that writing the rollouts took."""
    rng = Random("benchmarks/archives/0")
    records = [TaskRecord(number=n, id=f"task-{n}", split="validation") for n in range(TASKS)]
    with Archive.write(path) as archive:
        with archive.group():
            run = archive.create_run("large", 0, "{}", records)
            for candidate in candidates(of, rng):
                archive.add_candidate(run, candidate)
        spent, observations = 0.0, list[Observation]()
        for first in range(0, count, GROUP):
            group = rollouts(first, min(GROUP, count - first), of, rng)
            began = time.perf_counter()
            write(archive, run, group)
            spent += time.perf_counter() - began
            observations += [
                Observation(each.candidate, each.task, each.score.value, 3e-4) for _, each in group
            ]
        state = fresh()
        for candidate in archive.candidates(run):
            state.add(candidate)
        state.standings.observe_all(observations[: count - SINCE])
        state.results_seen = count - SINCE
        archive.put_snapshot(run, state.results_seen, snapshot.save(state))
        archive.put_standings(
            run,
            [
                Standing(
                    candidate=n,
                    mean=rng.random(),
                    deviation=0.05,
                    evaluations=count // of,
                    usd=3e-4 * rng.uniform(0.5, 2.0),
                )
                for n in range(of)
            ],
        )
        archive.set_status(run, "finished")
    return spent


def write(archive: Archive, run: Run, group: list[tuple[Decision, Rollout]]) -> None:
    """Writes a group as the engine does: decisions, then their results."""
    with archive.group():
        archive.add_decisions(run, [decision for decision, _ in group])
        archive.add_rollouts(run, [rollout for _, rollout in group], "none")


def fresh() -> SearchState:
    """A state without results."""
    tasks = [
        Task(number=n, input=TaskInput(id=f"task-{n}", text="?"), answer="") for n in range(TASKS)
    ]
    return SearchState(tasks, Budget(evaluations=10**9), "usd")


def seconds_to_resume(path: Path) -> float:
    """Seconds to restore the state of the search."""
    settings = load_run_file("quickstart_simulated")
    began = time.perf_counter()
    with Archive.write(path) as archive:
        restore(archive, archive.run(), settings, state := fresh())
        assert state.results_seen == archive.results_seen(archive.run())
    return round(time.perf_counter() - began, 3)


def seconds(words: tuple[str, ...], path: Path, last: int) -> tuple[float, float]:
    """Wall and processor seconds of a command in its own process."""
    arguments = [str(last) if word == "last" else word for word in words]
    command = [sys.executable, "-m", "evolve", "archive", *arguments, "--archive", str(path)]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(wall, 3), round(cpu, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rollouts", type=int, default=1_000_000)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.db"
        spent = fill(path, arguments.rollouts, arguments.candidates)
        size = path.stat().st_size
        resumed = seconds_to_resume(path)
        times = {
            f"archive {' '.join(words)}": min(
                seconds(words, path, arguments.candidates - 1) for _ in range(3)
            )
            for words in COMMANDS
        }
    figures = {
        "rollouts": arguments.rollouts,
        "rollouts_per_second": round(arguments.rollouts / spent),
        "bytes_per_rollout": round(size / arguments.rollouts, 1),
        "seconds_to_resume": resumed,
        "wall_and_cpu_seconds": times,
    }
    print(
        json.dumps(figures)
        if arguments.json
        else "\n".join(f"{k}: {v}" for k, v in figures.items())
    )


if __name__ == "__main__":
    main()
