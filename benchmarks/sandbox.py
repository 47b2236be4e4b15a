"""Correctness and speed of the sandbox on published coding tasks.

``python -m benchmarks.sandbox --tasks humaneval.jsonl.gz --canonical --json``: the published
solutions should pass. With ``--broken`` programs that are wrong in various ways take their place,
and none should.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evolve.data.rows import read_rows
from evolve.sandbox.bubblewrap import Bubblewrap
from evolve.sandbox.judging import Verdict, judge
from evolve.tasks.unit_tests import job_of

BROKEN = (
    "",
    "def {name}(*_, **__): return None",
    "def {name}(*_, **__): raise AssertionError",
    "def {name}(*_, **__): raise SystemExit(0)",
    "def {name}(:",
    "import os; os._exit(0)",
    "import sys; sys.exit(0)",
    "class Same:\n    def __eq__(self, other): return True\ndef {name}(*_, **__): return Same()",
)


def canonical(row: Mapping[str, Any]) -> str:
    """The published solution."""
    return str(row["canonical_solution"] if "canonical_solution" in row else row["code"])


def broken(row: Mapping[str, Any], number: int) -> str:
    """A program that does not do it."""
    name = job_of(row, "").names[0]
    return BROKEN[number % len(BROKEN)].format(name=name)


async def measure(tasks: Path, *, right: bool, at_once: int, limit: int | None) -> dict[str, Any]:
    """Judges a solution of every task."""
    sandbox = Bubblewrap(at_once=at_once)
    sandbox.or_unsafe()
    rows = [row.values for row in read_rows(tasks)][:limit]
    answers = [canonical(r) if right else broken(r, n) for n, r in enumerate(rows)]
    started = time.perf_counter()
    verdicts: list[Verdict] = await asyncio.gather(
        *(judge(sandbox, job_of(r, answer)) for r, answer in zip(rows, answers, strict=True))
    )
    seconds = time.perf_counter() - started
    wrong = [
        {"task": r.get("task_id", number), "why": verdict.why, "line": verdict.line}
        for number, (r, verdict) in enumerate(zip(rows, verdicts, strict=True))
        if verdict.passed != right
    ]
    return {
        "passed": sum(verdict.passed for verdict in verdicts),
        "total": len(rows),
        "per_second": round(len(rows) / seconds, 1),
        "unexpected": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=Path, required=True, help="HumanEval or MBPP rows.")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--canonical", action="store_true", help="Judge the published solutions.")
    kind.add_argument("--broken", action="store_true", help="Judge wrong ones.")
    parser.add_argument("--at-once", type=int, default=4, help="Programs at once.")
    parser.add_argument("--limit", type=int, help="The number of tasks.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")
    arguments = parser.parse_args()
    found = asyncio.run(
        measure(
            arguments.tasks,
            right=arguments.canonical,
            at_once=arguments.at_once,
            limit=arguments.limit,
        )
    )
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['passed']} of {found['total']} passed, {found['per_second']} a second")
    for one in found["unexpected"]:
        print(f"  {one['task']}: {one['why']} {one['line']}")


if __name__ == "__main__":
    main()
