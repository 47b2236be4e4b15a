"""The engine's time for a result: `python -m benchmarks.steps [--results N …] [--profile]`.

A run of the default allocator on 64 systems and 256 tasks, in virtual time, with one result after
the other and all that belongs to it: deciding, the call cache, the runtime, scoring, the archive on
a disk and standings. Prints the median and the mean of the processor time between two results, and
the memory held, over the last tenth of the first so many results; the systems stay the same, so
nothing may grow. With `--together` as many results arrive at once as there are slots: the
time of such a turn is that of each of its results. With `--profile` also which share of the time is
spent where.
"""

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import mean, median
from typing import Any, NamedTuple

from pydantic import Field

from archive.store import Archive
from evolve.engine.loop import Engine
from evolve.engine.run import start
from evolve.models.base import Model, Reply, Request
from evolve.runfile.settings import RunSettings

SYSTEMS, TASKS, TRIALS = 64, 256, 8
PRICE = {"prompt": 1.0, "completion": 4.0}
EVERY = 100
"""Marks between two measurements of memory."""

PARTS = {
    "deciding": ("loop.py", "_decide_all"),
    "  setting aside": ("affordability.py", "set_aside"),
    "  the allocator": ("base.py", "choose"),
    "  booking": ("purchases.py", "book_if_affordable"),
    "  writing decisions": ("results.py", "add_decisions"),
    "the runtime": ("scheduler.py", "run_system"),
    "scoring": ("local.py", "score"),
    "writing replies": ("cache.py", "_write_all"),
    "recording": ("results.py", "_record_rollouts"),
    "  writing results": ("results.py", "add_rollouts"),
    "  learning": ("state.py", "observe"),
}
"""The parts of a profile, by file and function."""


class Quick(Model):
    """Answers after a virtual latency, with negligible processor time."""

    together: bool = Field(default=False, description="Whether all answers have the same latency.")

    @cached_property
    def _rng(self) -> Random:
        return Random("benchmarks/steps/0")

    @property
    def simulated(self) -> bool:
        """Time is virtual."""
        return True

    @property
    def paid(self) -> bool:
        """Its replies are stored like paid ones."""
        return True

    async def complete(self, request: Request) -> Reply:
        """Waits, and answers right or wrong at random."""
        await asyncio.sleep(1.0 if self.together else self._rng.lognormvariate(0, 0.85))
        return Reply(f"Answer: {int(self._rng.random() < 0.6)}", 120, 30, 1.0)


def memory() -> int:
    """Bytes that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Mark(NamedTuple):
    """The state of a run when a result was observed."""

    results: int
    cpu_s: float
    bytes_held: int


def settings(folder: Path, results: int, slots: int, *, together: bool = False) -> RunSettings:
    """A run of systems that stay the same."""
    tasks = [
        {"question": f"Question {n}?", "answer": "1", "split": "test" if n < 2 else "validation"}
        for n in range(TASKS + 2)
    ]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    for number in range(SYSTEMS):
        agents = [{"name": "solver", "prompt": f"Way {number}."}]
        (folder / f"{number}.yaml").write_text(json.dumps({"agents": agents}))
    return RunSettings.model_validate(
        {
            "tasks": {"file": str(folder / "tasks.jsonl"), "split": "split", "scorer": "numeric"},
            "models": {"one": {"benchmarks.steps:Quick": {"price": PRICE, "together": together}}},
            "seeds": {"library": [], "files": [str(folder / f"{n}.yaml") for n in range(SYSTEMS)]},
            "allocator": {"value": {"stops": False, "trials": TRIALS}},
            "budget": {"evaluations": results + 100, "usd": 1e6, "candidates": SYSTEMS},
            "concurrency": slots,
        }
    )


def looked_at(results: int, slots: int) -> range:
    """The last tenth of so many results, two turns at least, and the turn that ends with it."""
    return range(results - max(results // 10, 2 * slots), results + slots)


def marks(results: Sequence[int], slots: int, *, together: bool = False) -> list[Mark]:
    """The state of a run after each measured turn, for each number of results."""
    found: list[Mark] = []

    @contextmanager
    def watch(engine: Engine) -> Iterator[None]:
        def note() -> None:
            taken = engine.state.results_seen
            if any(taken in looked_at(last, slots) for last in results):
                held = memory() if len(found) % EVERY == 0 else found[-1].bytes_held
                found.append(Mark(taken, time.process_time(), held))

        engine.on_change = note
        yield

    with (
        tempfile.TemporaryDirectory() as folder,
        Archive.write(Path(folder) / "run.db") as archive,
    ):
        chosen = settings(Path(folder), max(results) + slots, slots, together=together)
        start(chosen, archive, watch)
    return found


def figures(found: Sequence[Mark], results: int, slots: int) -> dict[str, float]:
    """Of what is looked at of the first so many results."""
    some = [mark for mark in found if mark.results in looked_at(results, slots)]
    steps = [
        1e3 * (after.cpu_s - before.cpu_s) / (after.results - before.results)
        for before, after in pairwise(some)
        if after.results > before.results
    ]
    return {
        "median_ms": round(median(steps), 3),
        "mean_ms": round(mean(steps), 3),
        "megabytes": round(some[-1].bytes_held / 1e6, 1),
    }


def profile(results: int, slots: int) -> dict[str, float]:
    """The share of the processor time that is spent in each part."""
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    marks([results], slots)
    profiler.disable()
    statistics: Any = pstats.Stats(profiler)
    whole = statistics.total_tt
    shares = {}
    for part, (file, function) in PARTS.items():
        taken = [
            stats[3]
            for (path, _, name), stats in statistics.stats.items()
            if name == function and Path(path).name == file
        ]
        shares[part] = round(sum(taken) / whole, 3)
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--slots", type=int, nargs="*", default=[64, 256])
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    for slots in arguments.slots:
        found = marks(arguments.results, slots, together=arguments.together)
        for results in arguments.results:
            settings = {"slots": slots, "results": results, "together": arguments.together}
            print(json.dumps(settings | figures(found, results, slots)))
        if arguments.profile:
            print(json.dumps(profile(min(arguments.results), slots)))


if __name__ == "__main__":
    main()
