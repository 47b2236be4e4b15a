"""The duration of a large simulated search: `python -m benchmarks.simulated_run [evaluations]`.

Systems of three agents on a simulated model, the default strategy and allocator, the archive on a
disk. Prints wall and processor seconds, the size of the archive, and the median of a call of the
simulated model by itself.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from archive.store import Archive
from evolve import clock
from evolve.engine.run import start
from evolve.models.base import Request
from evolve.runfile.settings import RunSettings, read_settings
from evolve.runtime.messages import turn
from search_spaces.config import Agent

SEED = {
    "name": "three",
    "agents": [{"name": name, "role": "solver"} for name in ("first", "second", "third")],
    "answer": {"mode": "vote", "sources": ["first", "second", "third"]},
}
ROOT = Path(__file__).parents[1]
PROBLEMS = str(ROOT / "configs" / "landscapes" / "problems.jsonl")
CALLS = 2_000


def settings(evaluations: int, seed: Path) -> RunSettings:
    run: dict[str, Any] = {
        "name": "large-simulated",
        "tasks": {"file": PROBLEMS, "domain": "domain", "split": "split", "scorer": "exact"},
        "models": {
            "one": {
                "simulated": {
                    "profile": "alder-small",
                    "landscape": {"answers": {"file": PROBLEMS, "domain": "domain"}},
                }
            }
        },
        "space": {"agents": [3, 3], "rounds": 1, "samples": 1},
        "seeds": {"library": [], "files": [str(seed)]},
        "allocator": {"value": {"stops": False}},
        "budget": {"evaluations": evaluations},
        "confirm": {"tasks": 100},
    }
    return read_settings(json.dumps(run), "run.json", None)


async def microseconds_of_a_call(run: RunSettings) -> float:
    """The median duration of calls with new questions."""
    tasks = run.tasks.load(run.seed)
    agent = Agent(name="solver", prompt="Think step by step, then check the result.")
    times = []
    for sample in range(CALLS):
        task = tasks.validation[sample % len(tasks.validation)]
        request = Request(turn(agent, task.input), 1024, sample=sample)
        began = time.perf_counter()
        await run.models["one"].complete(request)
        times.append(time.perf_counter() - began)
    return 1e6 * median(times)


def main() -> None:
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with TemporaryDirectory() as folder:
        seed, path = Path(folder) / "seed.json", Path(folder) / "evolve.db"
        seed.write_text(json.dumps(SEED), encoding="utf-8")
        run = settings(evaluations, seed)
        took = clock.run(microseconds_of_a_call(run), virtual=True)
        print(f"a simulated call takes {took:.0f} µs (median of {CALLS:,})", flush=True)
        wall, processor = time.perf_counter(), time.process_time()
        with Archive.write(path) as archive:
            result = start(run, archive)
            calls = sum(spend.calls for spend in result.spend.values())
            candidates = len(archive.candidates(result.run))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        megabytes = path.stat().st_size / 1e6
    print(
        f"{evaluations:,} evaluations of {candidates:,} systems, {calls:,} calls: {wall:.0f} s, "
        f"{processor:.0f} s of the processor, an archive of {megabytes:.0f} MB"
    )


if __name__ == "__main__":
    main()
