"""A large archive: `python -m benchmarks.archives [--rollouts N] [--candidates N] [--json]`.

Fills a new archive in groups as a search does, without traces, and times what people and a resumed
run ask of it, each command as a process of its own. Tells rollouts a second, bytes a rollout, and
wall and processor seconds a command, and how soon a run that was broken off could go on: it has a
snapshot of what it learned, and took some results since.
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
from evolve.ledger import Budget
from evolve.restoring import restore
from evolve.settings import load_run_file
from evolve.standings import Told
from evolve.state import SearchState
from evolve.tasks.base import Task, TaskInput
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import diff

TASKS = 1_000
GROUP = 1_000
SINCE = 500
"""Results that were taken since the snapshot."""
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
    """One seed, and children of whoever is there already."""
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
            taken=number,
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
        spent, told = 0.0, list[Told]()
        for first in range(0, count, GROUP):
            group = rollouts(first, min(GROUP, count - first), of, rng)
            began = time.perf_counter()
            write(archive, run, group)
            spent += time.perf_counter() - began
            told += [Told(each.candidate, each.task, each.score.value, 3e-4) for _, each in group]
        state = fresh()
        for candidate in archive.candidates(run):
            state.add(candidate)
        state.standings.tell_all(told[: count - SINCE])
        state.taken = count - SINCE
        archive.put_snapshot(run, state.taken, state.save())
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
    """Writes a group as the engine does: decisions, then what came of them."""
    with archive.group():
        archive.add_decisions(run, [decision for decision, _ in group])
        archive.add_rollouts(run, [rollout for _, rollout in group], "none")


def fresh() -> SearchState:
    """A state that has learned nothing."""
    tasks = [
        Task(number=n, input=TaskInput(id=f"task-{n}", text="?"), answer="") for n in range(TASKS)
    ]
    return SearchState(tasks, Budget(evaluations=10**9))


def seconds_to_resume(path: Path) -> float:
    """How long it takes until the search knows again what it knew."""
    settings = load_run_file("quickstart")
    began = time.perf_counter()
    with Archive.write(path) as archive:
        restore(archive, archive.run(), settings, state := fresh())
        assert state.taken == archive.taken(archive.run())
    return round(time.perf_counter() - began, 3)


def seconds(words: tuple[str, ...], path: Path, last: int) -> tuple[float, float]:
    """How long a command takes as a process, and of that the processor."""
    asked = [str(last) if word == "last" else word for word in words]
    command = [sys.executable, "-m", "evolve", "archive", *asked, "--archive", str(path)]
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
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.db"
        spent = fill(path, asked.rollouts, asked.candidates)
        size = path.stat().st_size
        resumed = seconds_to_resume(path)
        times = {
            f"archive {' '.join(words)}": min(
                seconds(words, path, asked.candidates - 1) for _ in range(3)
            )
            for words in COMMANDS
        }
    figures = {
        "rollouts": asked.rollouts,
        "rollouts_per_second": round(asked.rollouts / spent),
        "bytes_per_rollout": round(size / asked.rollouts, 1),
        "seconds_to_resume": resumed,
        "wall_and_cpu_seconds": times,
    }
    print(json.dumps(figures) if asked.json else "\n".join(f"{k}: {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
