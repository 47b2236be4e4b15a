"""Overhead of a call beyond the openai client: `python -m benchmarks.calls --base URL [--json]`.

Whole runs (default allocator, archive, cold call cache, ledger, display on) of single agents, one
call an evaluation, beside the bare openai client with parsed responses on the same transport and
as many in flight. Both ask the same server the same number of calls, in turn; figures are medians
over the repetitions, and the ratios are of one process. Any OpenAI-compatible server that answers
at once and without limits will do; its latency is part of both.
"""

import argparse
import asyncio
import io
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import NamedTuple

from openai import AsyncOpenAI, DefaultAioHttpClient

from archive.store import Archive
from evolve.engine.run import Result, start
from evolve.report import live
from evolve.runfile.settings import RunSettings

KEY = "unused"
KEY_VARIABLE = "BENCHMARK_KEY"


class Cost(NamedTuple):
    """One measurement: its seconds, and the CPU milliseconds of each call."""

    wall: float
    cpu_ms: float


def question(number: int) -> str:
    return f"Task {number}: what is {number}+{number}?"


def timed(work: Callable[[], int]) -> Cost:
    """What work costs that returns how many calls it made."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    calls = work()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, 1e3 * cpu / calls)


def bare(base: str, model: str, calls: int, in_flight: int) -> int:
    """The openai client alone."""

    async def ask_all() -> None:
        numbers = iter(range(calls))
        async with AsyncOpenAI(
            base_url=base, api_key=KEY, http_client=DefaultAioHttpClient()
        ) as client:

            async def ask() -> None:
                for number in numbers:
                    await client.chat.completions.create(
                        model=model,
                        temperature=0,
                        messages=[{"role": "user", "content": question(number)}],
                    )

            await asyncio.gather(*(ask() for _ in range(in_flight)))

    asyncio.run(ask_all())
    return calls


def settings(folder: Path, base: str, model: str, calls: int, in_flight: int) -> RunSettings:
    """A run of single agents that ends after that many calls."""
    tasks = [
        {
            "question": question(number),
            "answer": str(2 * number),
            "split": "test" if number < 2 else "validation",
        }
        for number in range(calls // 4)
    ]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    (folder / ".env").write_text(f"{KEY_VARIABLE}={KEY}\n")
    endpoint = {
        "model": model,
        "base_url": base,
        "api_key_env": KEY_VARIABLE,
        "env_file": str(folder / ".env"),
        "concurrency": in_flight,
        "price": {"prompt": 1.0, "completion": 1.0},
    }
    return RunSettings.model_validate(
        {
            "tasks": {"file": str(folder / "tasks.jsonl"), "split": "split", "scorer": "numeric"},
            "models": {"one": {"openai": endpoint}},
            "space": {"agents": [1, 1], "rounds": 1, "samples": 1},
            "seeds": {"library": ["single", "chain_of_thought"]},
            "strategy": "random",
            "budget": {"evaluations": calls},
            "concurrency": in_flight,
        }
    )


def whole(base: str, model: str, calls: int, in_flight: int) -> int:
    """A whole run, with its display drawn to no terminal."""
    with (
        tempfile.TemporaryDirectory() as folder,
        redirect_stderr(io.StringIO()),
        Archive.write(Path(folder) / "run.db") as archive,
    ):
        run = settings(Path(folder), base, model, calls, in_flight)
        return _calls(start(run, archive, live.watch(quiet=False)))


def _calls(result: Result) -> int:
    return sum(spend.calls for spend in result.spend.values())


def compare(
    base: str, model: str, calls: int, in_flight: int, repetitions: int
) -> dict[str, float]:
    """The figures of one concurrency."""
    ways = {"bare": bare, "whole": whole}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    made: list[int] = []
    for _ in range(repetitions):
        for name, way in ways.items():

            def work(way: Callable[[str, str, int, int], int] = way) -> int:
                made.append(way(base, model, calls, in_flight))
                return made[-1]

            costs[name].append(timed(work))
    middle = {
        name: Cost(*(statistics.median(values) for values in zip(*each, strict=True)))
        for name, each in costs.items()
    }
    return {
        "in_flight": in_flight,
        "calls": min(made),
        "wall_ratio": round(middle["whole"].wall / middle["bare"].wall, 3),
        "cpu_ms_per_call": round(middle["whole"].cpu_ms, 3),
        "bare_cpu_ms_per_call": round(middle["bare"].cpu_ms, 3),
        "wall_s": round(middle["whole"].wall, 3),
        "bare_wall_s": round(middle["bare"].wall, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="Such as http://127.0.0.1:8911/v1.")
    parser.add_argument("--model", default="mock")
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--in-flight", type=int, nargs="*", default=[64, 256])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for in_flight in arguments.in_flight:  # imports and first connections are not measured
        bare(arguments.base, arguments.model, in_flight, in_flight)
        whole(arguments.base, arguments.model, 200, in_flight)
    figures = [
        compare(arguments.base, arguments.model, arguments.calls, in_flight, arguments.repetitions)
        for in_flight in arguments.in_flight
    ]
    if arguments.json:
        print(json.dumps(figures))
        return
    for each in figures:
        print("  ".join(f"{name} {value:g}" for name, value in each.items()))


if __name__ == "__main__":
    main()
