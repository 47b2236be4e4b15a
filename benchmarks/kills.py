"""Kills runs and resumes them: `python -m benchmarks.kills [--kills N] [--over virtual|http]`.

Runs of the simulated quickstart with a small budget, over strategies, allocators and orders, as
processes of their own, are killed (SIGKILL) at random moments, some again while they resume, then
resumed to their end. Every run must keep the settled results, in order, and its archive must be
sound. Runs in virtual time and `ticket` runs must have the result of the uninterrupted run. Over
HTTP the server must not have received more requests than the stored replies and the calls in flight
at a kill. Prints what was found; exits with 1 if anything is not as it must be.
"""

import argparse
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.request import urlopen

from pydantic import BaseModel

from archive.errors import ArchiveError
from archive.reading import Reader
from evolve.runfile.settings import as_json
from tests.evolve.runs import facts, settings

STRATEGIES = ("genetic", "random", "tpe")
ALLOCATORS: tuple[object, ...] = (
    "value",
    {"racing": {"z": 1.5, "minimum": 6}},
    "thompson",
    "successive_halving",
)
ORDERS = ("arrival", "ticket")
CONCURRENCY = 16
PATIENCE = 300


class Case(NamedTuple):
    """One kind of run."""

    strategy: str
    allocator: object
    order: str


class Verdict(NamedTuple):
    """The result of a run that was killed."""

    kills: int
    same: bool
    kept: bool
    sound: bool
    repeated: int
    """Requests to the server beyond the stored replies."""


def cases(*orders: str) -> list[Case]:
    return [Case(*each) for each in itertools.product(STRATEGIES, ALLOCATORS, orders or ORDERS)]


def evolve(folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "evolve", *words, "--quiet"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "OPENAI_API_KEY": "unused", "OPENBLAS_NUM_THREADS": "1"},
    )


def to_its_end(process: "subprocess.Popen[bytes]") -> None:
    _, output = process.communicate(timeout=PATIENCE)
    if process.returncode:
        raise SystemExit(f"a run ended with {process.returncode}: {output.decode()}")


def killed(process: "subprocess.Popen[bytes]", after: float) -> bool:
    """Kills a process after so many seconds; False if it had ended by then."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


@contextmanager
def serving(over: str) -> Iterator[str]:
    """The base URL of a server of the simulated quickstart's models; none in virtual time."""
    if over != "http":
        yield ""
        return
    command = [sys.executable, "-m", "evolve", "sim", "serve", "--port", "0", "--pace", "0.02"]
    server = subprocess.Popen(
        [*command, "--landscape", "puzzles"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()


def statistics(base: str) -> dict[str, Any]:
    with urlopen(base.removesuffix("/v1") + "/stats") as answer:
        counts: dict[str, Any] = json.load(answer)
        return counts


def requests_to(base: str) -> int:
    """The number of requests to a server."""
    return sum(statistics(base)["requests"].values()) if base else 0


def run_file(folder: Path, case: Case, base: str) -> None:
    changes: dict[str, Any] = {
        **case._asdict(),
        "budget": {"evaluations": 300},
        "concurrency": CONCURRENCY,
    }
    if base:
        changes["models"] = {
            name: {
                "openai": {
                    "model": model,
                    "base_url": base,
                    "extra": {"seed": 1},  # the same request is answered the same again
                    "price": {"prompt": 0.1, "completion": 0.4},
                }
            }
            for name, model in (("small", "alder-small"), ("other", "birch-small"))
        }
        changes["space"] = {"models": ["small", "other"], "agents": [1, 3]}
        changes["objective"] = {}
    (folder / "run.yaml").write_text(as_json(settings(**changes)))


def outcome(path: Path) -> tuple[object, bool]:
    """The result of a run without clocks and cache, and whether its archive is sound."""
    with Reader.read(path) as archive:
        return _timeless(facts(archive)), not archive.integrity()


def _timeless(value: object) -> object:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in ("at", "seconds", "cached")}
    if isinstance(value, list | tuple):
        return [_timeless(each) for each in value]
    return value


def survive(folder: Path, whole: float, rng: Random) -> tuple[int, bool]:
    """Kills a run until it ends; returns how often, and whether settled results were kept."""
    path, kills, kept = folder / "cut.db", 0, True
    words, before = ["run", "run.yaml"], settled(path)
    while killed(evolve(folder, *words, "--archive", path.name), rng.uniform(0.05, 1.0) * whole):
        kills += 1
        now = settled(path)
        kept, before = kept and now[: len(before)] == before, now
        if status(path):
            words = ["resume"]
        if rng.random() < 0.6:
            break
    if status(path) != "finished":
        to_its_end(evolve(folder, *words, "--archive", path.name))
    return kills, kept and settled(path)[: len(before)] == before


def settled(path: Path) -> list[object]:
    """The results of an archive's run in their order; none if there is no run yet."""
    try:
        with Reader.read(path) as archive:
            return list(archive.results(archive.run()))
    except ArchiveError:
        return []


def replies(path: Path) -> int:
    """The number of replies in an archive."""
    with Reader.read(path) as archive:
        return int(archive.ask("SELECT count(*) FROM replies").rows[0][0])


def status(path: Path) -> str:
    """The status of an archive's run; empty if there is none yet."""
    try:
        with Reader.read(path) as archive:
            return archive.run().status
    except ArchiveError:
        return ""


def judge(case: Case, base: str, rounds: int, rng: Random) -> Iterator[Verdict]:
    """One uninterrupted run of a case, then others that are killed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_file(folder, case, base)
        began = time.monotonic()
        to_its_end(evolve(folder, "run", "run.yaml", "--archive", "whole.db"))
        whole = time.monotonic() - began
        expected, _ = outcome(folder / "whole.db")
        for _ in range(rounds):
            for left in folder.glob("cut.db*"):
                left.unlink()
            before = requests_to(base)
            kills, kept = survive(folder, whole, rng)
            if not kills:
                continue
            requests = requests_to(base) - before
            found, sound = outcome(folder / "cut.db")
            same = found == expected or (bool(base) and case.order == "arrival")
            yield Verdict(kills, same, kept, sound, requests - replies(folder / "cut.db"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--over", choices=["virtual", "http"], default="virtual")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = Random(f"benchmarks/kills/{arguments.seed}")
    verdicts: list[Verdict] = []
    in_flight = 0
    with serving(arguments.over) as base:
        while sum(verdict.kills for verdict in verdicts) < arguments.kills:
            for case in cases():
                verdicts += judge(case, base, 4, rng)
                if sum(verdict.kills for verdict in verdicts) >= arguments.kills:
                    break
        in_flight = statistics(base)["most_in_flight"] if base else 0
    figures = {
        "kills": sum(verdict.kills for verdict in verdicts),
        "runs": len(verdicts),
        "another_result": sum(not verdict.same for verdict in verdicts),
        "not_kept": sum(not verdict.kept for verdict in verdicts),
        "unsound": sum(not verdict.sound for verdict in verdicts),
        "most_calls_repeated_by_a_kill": max(v.repeated / v.kills for v in verdicts),
        "most_calls_in_flight": in_flight,
    }
    print(json.dumps(figures))
    repeated = any(verdict.repeated > verdict.kills * in_flight for verdict in verdicts)
    if figures["another_result"] or figures["not_kept"] or figures["unsound"] or repeated:
        sys.exit(1)


if __name__ == "__main__":
    main()
