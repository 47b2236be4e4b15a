"""Utilisation of the slots: `python -m benchmarks.slots [--slots N] [--evaluations N] [--json]`.

Whole runs in virtual time of eight systems of three agents in a row, with log-normal latencies
(σ = .85), in `arrival` order and in `ticket` order at several lags. The figure is the share of
slots with a call in flight between ramp-up (all slots filled for the first time) and drain (nothing
further is started). Beside them a barrier after each batch, computed from the same latencies.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from archive.store import Archive
from benchmarks.slow_model import OPENING, SIGMA, Slow, Span
from evolve.engine.run import start
from evolve.runfile.settings import RunSettings

AGENTS = 3
SYSTEMS = 8
TASKS = 1_000


def settings(folder: Path, slots: int, evaluations: int, order: object) -> RunSettings:
    """A run whose only systems are rows of three agents."""
    tasks = [
        {"question": f"Question {n}?", "answer": "1", "split": "test" if n < 2 else "validation"}
        for n in range(TASKS)
    ]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    names = [f"agent_{number}" for number in range(AGENTS)]
    edges = [{"source": source, "target": target} for source, target in pairwise(names)]
    for number in range(SYSTEMS):
        prompts = [f"{OPENING} Way {number}.", *["Go on."] * (AGENTS - 1)]
        agents = [{"name": n, "prompt": p} for n, p in zip(names, prompts, strict=True)]
        (folder / f"{number}.yaml").write_text(json.dumps({"agents": agents, "edges": edges}))
    return RunSettings.model_validate(
        {
            "tasks": {"file": str(folder / "tasks.jsonl"), "split": "split", "scorer": "numeric"},
            "models": {"slow": "benchmarks.slow_model:Slow"},
            "seeds": {"library": [], "files": [str(folder / f"{n}.yaml") for n in range(SYSTEMS)]},
            "allocator": "uniform",
            "budget": {"evaluations": evaluations, "candidates": SYSTEMS},
            "concurrency": slots,
            "order": order,
        }
    )


def busy(spans: Sequence[Span], slots: int) -> float:
    """The share of slots with a call in flight, from ramp-up to drain."""
    steps = sorted([(span.began, 1) for span in spans] + [(span.ended, -1) for span in spans])
    first, last = None, max(span.began for span in spans if span.opens)
    under_way, before, filled = 0, 0.0, 0.0
    for at, step in steps:
        if first is not None and at <= last:
            filled += under_way * (at - before)
        under_way, before = under_way + step, at
        if first is None and under_way == slots:
            first = at
    assert first is not None, "the slots were never all filled"
    return filled / slots / (last - first)


def measure(slots: int, evaluations: int, order: object) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = settings(Path(folder), slots, evaluations, order)
        with Archive.in_memory() as archive:
            start(run, archive)
        model = run.models["slow"]
        assert isinstance(model, Slow)
        return busy(model.spans, slots)


def barrier(slots: int, batches: int) -> float:
    """The busy share if every batch of evaluations waits for its slowest."""
    rng = Random("benchmarks/slots/0")
    shares = []
    for _ in range(batches):
        took = [sum(rng.lognormvariate(0, SIGMA) for _ in range(AGENTS)) for _ in range(slots)]
        shares.append((sum(took), slots * max(took)))
    return sum(used for used, _ in shares) / sum(there for _, there in shares)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--evaluations", type=int, default=4_000)
    parser.add_argument("--lags", type=float, nargs="*", default=[1, 2, 3, 4, 6])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    orders: dict[str, object] = {"arrival": "arrival"}
    orders |= {f"ticket, lag {lag:g}": {"ticket": {"lag": lag}} for lag in arguments.lags}
    shares = {
        name: round(measure(arguments.slots, arguments.evaluations, order), 3)
        for name, order in orders.items()
    }
    shares["barrier after each batch"] = round(barrier(arguments.slots, 200), 3)
    print(
        json.dumps(shares) if arguments.json else "\n".join(f"{k}: {v}" for k, v in shares.items())
    )


if __name__ == "__main__":
    main()
