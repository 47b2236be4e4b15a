"""Runs against an endpoint that fails: `python -m benchmarks.faults [--runs N] [--share 0.2]`.

`ticket` runs of the simulated quickstart over HTTP, in processes of their own, over strategies and
allocators, once against a server that works and then against one at which that share of the calls
is answered 429 (with and without Retry-After), 500 or 503, hangs, drips a byte a second, is cut
off, or brings HTML, malformed JSON, no choices, no words, half a tool call or another content type.
Every run must have the result of the one without faults, every fault must cause at most one further
call, and a run whose models only fail must pause, its calls counted. Prints what was found;
exits with 1 if anything is not as it must be.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from archive.reading import Reader
from archive.records import Rollout
from benchmarks.kills import Case, cases, evolve, outcome, run_file, serving, statistics, to_its_end

PATIENT = {"timeout_s": 5, "retries": 10, "retry_wait_s": 0.05}
"""Client options: short timeouts, and a breaker that opens after ten failures in a row."""

OUTAGE = 3


class Verdict(NamedTuple):
    """The result of a run against an endpoint that fails."""

    same: bool
    sound: bool
    calls: int
    faults: dict[str, int]
    further: int
    """Calls beyond those of the run without faults."""

    @property
    def as_it_must_be(self) -> bool:
        """Whether nothing is lost, nothing scored wrong and no call repeated without need."""
        return self.same and self.sound and self.further <= sum(self.faults.values())


def counted(base: str) -> tuple[int, Counter[str]]:
    """The number of requests to a server, and of each fault among them."""
    counts = statistics(base)
    return sum(counts["requests"].values()), Counter(counts["faults"])


def spoil(folder: Path, faults: str) -> None:
    """Makes the models of a run file fail."""
    path = folder / "run.yaml"
    values: dict[str, Any] = json.loads(path.read_text())
    for model in values["models"].values():
        model["openai"].update(PATIENT)
        model["openai"]["model"] += faults
    path.write_text(json.dumps(values))


def found(path: Path) -> tuple[object, bool]:
    """A run's result without the cost of unanswered calls, and whether its archive is sound."""
    facts, sound = outcome(path)
    assert isinstance(facts, dict)
    return {name: value for name, value in facts.items() if name != "spend"}, sound


def judge(base: str, case: Case, share: float) -> Verdict:
    """One run without faults and one with them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_file(folder, case, base)
        requests: list[int] = []
        before, _ = counted(base)
        for archive, faults in (("whole.db", ""), ("failing.db", f"!passing@{share:g}")):
            spoil(folder, faults)
            _, met_before = counted(base)
            to_its_end(evolve(folder, "run", "run.yaml", "--archive", archive))
            now, met = counted(base)
            requests.append(now - before)
            before = now
        expected, _ = found(folder / "whole.db")
        came_to, sound = found(folder / "failing.db")
        met.subtract(met_before)
        return Verdict(
            came_to == expected, sound, requests[1], dict(+met), requests[1] - requests[0]
        )


def left_alone(base: str, fault: str) -> tuple[int, int, int]:
    """Calls, results and the exit code of a run whose models only fail."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_file(folder, cases("ticket")[0], base)
        spoil(folder, f"!{fault}")
        before, _ = counted(base)
        process = evolve(folder, "run", "run.yaml", "--archive", "failing.db")
        process.communicate()
        with Reader.read(folder / "failing.db") as archive:
            results = sum(isinstance(each, Rollout) for each in archive.results(archive.run()))
        return counted(base)[0] - before, results, process.returncode


def measure(runs: int, share: float) -> dict[str, Any]:
    """All figures."""
    known = cases("ticket")
    with serving("http") as base:
        verdicts = [judge(base, known[number % len(known)], share) for number in range(runs)]
        failing = {fault: left_alone(base, fault) for fault in ("500", "401", "quota")}
        in_flight = statistics(base)["most_in_flight"]
    met: Counter[str] = Counter()
    for verdict in verdicts:
        met.update(verdict.faults)
    return {
        "runs": runs,
        "calls": sum(verdict.calls for verdict in verdicts),
        "faults": dict(sorted(met.items())),
        "not_as_they_must_be": [each._asdict() for each in verdicts if not each.as_it_must_be],
        "further_calls_per_fault": sum(v.further for v in verdicts) / max(1, met.total()),
        "calls_to_a_model_that_only_fails": {
            name: calls for name, (calls, _, _) in failing.items()
        },
        "most_calls_in_flight": in_flight,
        "not_paused": [n for n, (_, results, code) in failing.items() if results or code != OUTAGE],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--share", type=float, default=0.2)
    arguments = parser.parse_args()
    try:
        figures = measure(arguments.runs, arguments.share)
    except subprocess.TimeoutExpired as error:
        sys.exit(f"a run did not come to its end: {error}")
    print(json.dumps(figures))
    if figures["not_as_they_must_be"] or figures["not_paused"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
