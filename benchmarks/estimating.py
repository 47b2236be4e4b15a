"""Errors of estimates: `python -m benchmarks.estimating [words …]`.

Ten runs (`estimated_runs`), or runs drawn at random (`--drawn 100-104`), whose models the estimate
knows only by their prices. Runs use simulated models, within the process or served over HTTP; the
estimate sees endpoints that it must not call. Prints, for each run
and seed, estimated over actual amounts, in brackets where the actual one is outside the range; with
`--pilot 100` also the estimate after another run made 100 evaluations; then the processor
seconds of `evolve estimate` as a command of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.records import Usage
from archive.store import Archive
from benchmarks.drawn_runs import drawn_run
from benchmarks.estimated_runs import ANSWERS, PROFILES, RUNS, TASKS, WORLDS
from evolve.engine.run import start
from evolve.forecast import estimate
from evolve.forecast.ranges import Amount
from evolve.runfile.settings import RunSettings, read_settings
from evolve.tasks.files import LEAST as FEWEST

NOBODY = "http://127.0.0.1:9/v1"
NOT_WRITTEN = ("world", "served", "profiles")
"""The parts of a run that are in no run file."""


def settings(run: Mapping[str, Any], seed: int, models: Mapping[str, Any]) -> RunSettings:
    """The run file with those models."""
    kept = {key: value for key, value in run.items() if key not in NOT_WRITTEN}
    written = {**kept, "tasks": TASKS[run["tasks"]], "models": models, "seed": seed}
    return read_settings(json.dumps(written), "run.json", None)


def endpoints(run: Mapping[str, Any], url: str = NOBODY) -> dict[str, Any]:
    """The models of a run, behind an endpoint."""
    return {name: {"openai": {"base_url": url, **o}} for name, o in run["models"].items()}


def within(run: Mapping[str, Any]) -> dict[str, Any]:
    """The models of a run, within the process."""
    models = {}
    for name, options in run["models"].items():
        kept = {key: value for key, value in options.items() if key != "model"}
        profile = {**profiles(run)[options["model"]], "price": options["price"]}
        models[name] = {"simulated": {"profile": profile, "landscape": world(run), **kept}}
    return models


def world(run: Mapping[str, Any]) -> dict[str, Any]:
    """The landscape of the models, and their answer key."""
    answers = {"file": TASKS[run["tasks"]]["file"], **ANSWERS[run["tasks"]]}
    given = run.get("world", "first")
    return {**(WORLDS[given] if isinstance(given, str) else given), "answers": answers}


def profiles(run: Mapping[str, Any]) -> Mapping[str, dict[str, Any]]:
    """Profiles by the names of models at the endpoint."""
    own: Mapping[str, dict[str, Any]] = run.get("profiles", PROFILES)
    return own


@contextmanager
def serving(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Serves the models over HTTP within the context."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "world": world(run),
            **{m["model"]: profiles(run)[m["model"]] for m in run["models"].values()},
        }
        for stem, text in files.items():
            folder.joinpath(f"{stem}.json").write_text(json.dumps(text), encoding="utf-8")
        options = [f"--model={stem}={folder / stem}.json" for stem in files if stem != "world"]
        command = [sys.executable, "-m", "evolve", "sim", "serve", "--port=0", "--pace=0", "--json"]
        command += [f"--landscape={folder / 'world.json'}", *options]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            yield endpoints(run, json.loads(server.stdout.readline())["base_url"])
        finally:
            server.terminate()
            server.wait()


def actual(run: Mapping[str, Any], seed: int) -> tuple[Usage, dict[str, float]]:
    """The consumption of a run."""
    if run.get("served"):
        with serving(run) as models:
            return taken(settings(run, seed, models))
    return taken(settings(run, seed, within(run)))


def taken(run: RunSettings) -> tuple[Usage, dict[str, float]]:
    """Makes a run; returns its consumption."""
    with Archive.in_memory() as archive:
        result = start(run, archive)
        usage = Usage.total(archive.spend(result.run).values())
    return usage, {
        "evaluations": sum(spend.evaluations for spend in result.spend.values()),
        "calls": usage.calls,
        "tokens": usage.tokens,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": usage.usd or 0.0,
    }


def seconds_of_command(run: Mapping[str, Any]) -> tuple[float, float]:
    """Wall and processor seconds of `evolve estimate` in a process of its own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(settings(run, 0, endpoints(run)).model_dump_json(), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        command = [sys.executable, "-m", "evolve", "estimate", str(file), "--json"]
        subprocess.run(command, check=True, capture_output=True)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def estimated(
    run: Mapping[str, Any], seed: int, pilot: int
) -> tuple[Mapping[str, Amount], Mapping[str, Amount]]:
    """Estimates of a run: before any evaluation, and after a pilot run."""
    if not pilot:
        amounts = estimate(settings(run, seed, endpoints(run))).amounts
        return amounts, amounts
    small = {
        **run,
        "budget": {"evaluations": pilot},
        "seeds": {**run.get("seeds", {}), "each_model": True},
        "confirm": {"tasks": FEWEST},
    }
    with serving(run) as models, Archive.in_memory() as archive:
        settled = settings(run, seed, models)
        before = estimate(settled, archive).amounts
        start(settings(small, seed + 1, models), archive)
        return before, estimate(settled, archive).amounts


def shown(found: Mapping[str, float], amounts: Mapping[str, Amount]) -> str:
    """Expected over actual amounts; in brackets what lies outside its range."""
    texts = []
    for name, value in found.items():
        amount = amounts[name]
        ratio = f"{amount.expected / value:.2f}"
        inside = amount.low <= value <= amount.high
        texts.append(f"{name} {ratio if inside else f'[{ratio}]'}")
    return "  ".join(texts)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="words in the names of runs; all runs if left out")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--drawn", help="runs drawn at random instead, as in 100-104")
    parser.add_argument("--pilot", type=int, default=0, help="evaluations of a pilot run")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    runs: Mapping[str, Mapping[str, Any]] = RUNS
    if arguments.drawn:
        first, last = map(int, arguments.drawn.split("-"))
        runs = {f"drawn {n}": drawn_run(n) for n in range(first, last + 1)}
    runs = {n: run for n, run in runs.items() if all(word in n for word in arguments.words)}
    for name, run in runs.items():
        for seed in range(arguments.seeds):
            before, after = estimated(run, seed, arguments.pilot)
            usage, found = actual(run, seed)
            took = f"{usage.calls:,} calls, {usage.tokens:,} tokens"
            print(f"{name:32} seed {seed}: {shown(found, before)}  ({took})", flush=True)
            if arguments.pilot:
                print(f"{'':24} after a pilot: {shown(found, after)}", flush=True)
    for name, run in runs.items():
        wall, processor = seconds_of_command(run)
        print(f"{name:32} estimated in {wall:.2f} s, {processor:.2f} s of the processor")


if __name__ == "__main__":
    main()
