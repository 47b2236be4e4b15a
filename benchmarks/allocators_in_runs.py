"""Whole searches that differ in their allocator alone, at equal spend.

    python -m benchmarks.allocators_in_runs --run-file quickstart_simulated --seeds 20 --out a.jsonl

The measure is the score of the winner on the whole sealed split, scored after the search and
outside its budget; the search's own confirmation is cut down to the least, two tasks. Differences
are paired by seed. With --out each finished (seed, allocator) is a line of a file, and is not
repeated.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from archive.store import Archive
from evolve.budget.ledger import Budget
from evolve.engine.evaluation import evaluate
from evolve.engine.run import start
from evolve.evidence.intervals import difference_interval
from evolve.runfile.settings import load_run_file

UNBOUNDED = Budget(evaluations=10**6)


def measure(run_file: str, seed: int, allocator: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """One search, and the score of its winner on all sealed tasks."""
    fixed = {"seed": seed, "allocator": json.loads(allocator), "confirm": {"tasks": 2}}
    settings = load_run_file(run_file, {**changes, **fixed})
    with TemporaryDirectory() as folder, Archive.write(Path(folder) / "run.db") as archive:
        result = start(settings, archive)
        assert result.winner is not None, "an uninterrupted search has a winner"
        spent = list(result.spend.values())
        open_ended = settings.model_copy(update={"budget": UNBOUNDED})
        scored = evaluate(open_ended, archive, result.winner.config, "test")
        return {
            "seed": seed,
            "allocator": allocator,
            "score": scored.summary.mean,
            "candidates": len(archive.candidates(result.run)),
            "evaluations": sum(each.evaluations for each in spent),
            "calls": sum(each.calls for each in spent),
            "usd": None if None in [s.usd for s in spent] else sum(s.usd or 0.0 for s in spent),
            "ended": result.ended.value,
        }


def summary(lines: Sequence[Mapping[str, Any]], allocators: Sequence[str]) -> Iterator[str]:
    """The first allocator's mean score, then its paired difference to each of the others."""
    score = {(line["allocator"], line["seed"]): line["score"] for line in lines}
    first = allocators[0]
    for name in allocators:
        seeds = sorted(s for each, s in score if each == name and (first, s) in score)
        line = f"{name}: {np.mean([score[name, s] for s in seeds]):.4f} over {len(seeds)} seeds"
        if name != first and len(seeds) > 1:
            gains = [score[first, s] - score[name, s] for s in seeds]
            low, high = difference_interval(gains)
            line += f"; {first} gains {np.mean(gains):+.4f} [{low:+.4f} to {high:+.4f}]"
        yield line


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.allocators_in_runs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--run-file", default="quickstart_simulated")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument(
        "--allocators",
        nargs="+",
        default=['"value"', '"full"', '"successive_halving"'],
        help="as a run file writes them, in JSON; the first is compared with the others",
    )
    parser.add_argument("--set", default="{}", help="run-file keys to replace, as JSON")
    parser.add_argument("--out", type=Path, help="a JSONL file of finished searches")
    chosen = parser.parse_args()
    lines = []
    if chosen.out and chosen.out.exists():
        lines = [json.loads(line) for line in chosen.out.read_text().splitlines()]
    done = {(line["seed"], line["allocator"]) for line in lines}
    for seed in range(chosen.seeds):
        for allocator in chosen.allocators:
            if (seed, allocator) in done:
                continue
            line = measure(chosen.run_file, seed, allocator, json.loads(chosen.set))
            lines.append(line)
            print(json.dumps(line), file=sys.stderr)
            if chosen.out:
                with chosen.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")
    print("\n".join(summary(lines, chosen.allocators)))


if __name__ == "__main__":
    main()
