"""How far estimates are from what runs take: `python -m benchmarks.estimating [seeds [words …]]`.

Five runs, or those with all the words in their names, whose models the estimate knows nothing of
but their prices. What answers in the run are simulated models of profiles and in a world of this
file, which no part of the estimate was fitted to; the estimate sees endpoints that it must not ask.
Prints, for each run and seed, estimated over actual amounts; then the processor seconds of
`evolve estimate` as a command of its own.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.records import Usage
from archive.store import Archive
from evolve.estimating import estimate
from evolve.run import start
from evolve.settings import RunSettings, read_settings

ROOT = Path(__file__).parents[1]
PROBLEMS = str(ROOT / "configs" / "landscapes" / "problems.jsonl")
QUICKSTART = str(ROOT / "configs" / "quickstart.jsonl")

SERVED: Mapping[str, dict[str, Any]] = {
    "modest": {"family": "cedar", "ability": 0.1, "tokens": 65, "spread": 0.45, "thinking": 0.35},
    "sound": {"family": "cedar", "ability": 0.6, "tokens": 48, "spread": 0.6, "attention": 5},
    "strong": {"family": "dogwood", "ability": 1.1, "tokens": 75, "spread": 0.5, "window": 6000},
    "swift": {"family": "dogwood", "ability": 0.25, "tokens": 55, "latency_s": 0.5, "inertia": 0.9},
}
"""Who answers, by the name that the endpoint knows it by."""

WORLD: dict[str, Any] = {
    "seed": 77,
    "elsewhere": {
        "difficulty": 0.3,
        "variety": 0.9,
        "rewards": {"step_by_step": 0.15, "verify": 0.2, "hasty": -0.2, "units": 0.1},
        "roles": {"expert": 0.1},
        "echo": 0.15,
        "checkable": 0.25,
    },
}

TASKS: Mapping[str, dict[str, Any]] = {
    "problems": {"file": PROBLEMS, "domain": "domain", "split": "split"},
    "quickstart": {
        "file": QUICKSTART,
        "input": "question",
        "answer": "answer",
        "domain": "domain",
        "split": "split",
    },
}


def priced(name: str, prompt: float, completion: float, **options: int) -> dict[str, Any]:
    return {"model": name, "price": {"prompt": prompt, "completion": completion}, **options}


RUNS: Mapping[str, dict[str, Any]] = {
    "usd, two models, racing": {
        "tasks": "quickstart",
        "models": {
            "a": priced("modest", 0.15, 0.6),
            "b": priced("sound", 0.5, 2.0, max_tokens=2048),
        },
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "objective": {"cost_at_most": 0.003},
        "allocator": "racing",
        "budget": {"usd": 2.0},
    },
    "usd, prices 50 times apart": {
        "tasks": "problems",
        "models": {
            "a": priced("swift", 0.08, 0.3),
            "b": priced("sound", 0.6, 2.5),
            "c": priced("strong", 4.0, 16.0),
        },
        "space": {"models": ["a", "b", "c"], "agents": [1, 4]},
        "objective": {"cost_at_most": 0.01},
        "budget": {"usd": 8.0},
        "confirm": {"tasks": 100},
    },
    "evaluations, one model, random": {
        "tasks": "problems",
        "models": {"a": priced("sound", 0.6, 2.5)},
        "space": {"agents": [1, 4]},
        "strategy": "random",
        "budget": {"evaluations": 2000},
        "confirm": {"tasks": 100},
    },
    "usd, a meta-agent": {
        "tasks": "quickstart",
        "models": {
            "a": priced("modest", 0.2, 0.8),
            "b": priced("sound", 0.6, 2.4),
            "meta": priced("strong", 2.0, 8.0),
        },
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "strategy": {"reflective": {"model": "meta"}},
        "objective": {"cost_at_most": 0.004},
        "budget": {"usd": 6.0},
        "confirm": {"tasks": 80},
    },
    "tokens, two models, tpe": {
        "tasks": "problems",
        "models": {"a": priced("swift", 0.1, 0.4), "b": priced("modest", 0.2, 0.8)},
        "space": {"models": ["a", "b"], "agents": [1, 5]},
        "strategy": "tpe",
        "allocator": "thompson",
        "budget": {"tokens": 6_000_000},
        "confirm": {"tasks": 100},
    },
}


def written(run: Mapping[str, Any], seed: int, served: bool) -> dict[str, Any]:
    """The run file: with endpoints, or with what is served there in their place."""
    tasks = TASKS[run["tasks"]]
    models = {}
    for name, options in run["models"].items():
        if served:
            answers = {"file": tasks["file"], **{k: v for k, v in tasks.items() if k == "domain"}}
            kept = {key: value for key, value in options.items() if key != "model"}
            world = {**WORLD, "answers": answers}
            profile = {**SERVED[options["model"]], "price": options["price"]}
            models[name] = {"simulated": {"profile": profile, "landscape": world, **kept}}
        else:
            models[name] = {"openai": {"base_url": "http://127.0.0.1:9/v1", **options}}
    return {**run, "tasks": {**tasks, "scorer": "exact"}, "models": models, "seed": seed}


def settings(run: Mapping[str, Any], seed: int, served: bool) -> RunSettings:
    return read_settings(json.dumps(written(run, seed, served)), "run.json", None)


def actual(run: Mapping[str, Any], seed: int) -> tuple[Usage, dict[str, float]]:
    """What the run took."""
    with Archive.in_memory() as archive:
        result = start(settings(run, seed, served=True), archive)
        usage = sum(archive.spend(result.run).values(), Usage())
        found = {
            "evaluations": sum(spend.evaluations for spend in result.spend.values()),
            "calls": usage.calls,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "usd": usage.usd or 0.0,
        }
    return usage, found


def seconds_of_command(run: Mapping[str, Any]) -> tuple[float, float]:
    """Wall and processor seconds of `evolve estimate` in a process of its own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(json.dumps(written(run, 0, served=False)), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        command = [sys.executable, "-m", "evolve", "estimate", str(file), "--json"]
        subprocess.run(command, check=True, capture_output=True)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    runs = {n: run for n, run in RUNS.items() if all(word in n for word in sys.argv[2:])}
    for name, run in runs.items():
        for seed in range(seeds):
            amounts = estimate(settings(run, seed, served=False)).amounts
            usage, found = actual(run, seed)
            tokens = amounts["prompt_tokens"].expected + amounts["completion_tokens"].expected
            ratios = {
                "calls": amounts["calls"].expected / usage.calls,
                "tokens": tokens / usage.tokens,
                **{key: amounts[key].expected / value for key, value in found.items()},
            }
            shown = "  ".join(f"{key} {ratio:.2f}" for key, ratio in ratios.items())
            took = f"{usage.calls:,} calls, {usage.tokens:,} tokens"
            print(f"{name:32} seed {seed}: {shown}  ({took})", flush=True)
    for name, run in runs.items():
        wall, processor = seconds_of_command(run)
        print(f"{name:32} estimated in {wall:.2f} s, {processor:.2f} s of the processor")


if __name__ == "__main__":
    main()
