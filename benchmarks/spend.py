"""Whether caps hold: `python -m benchmarks.spend [--runs N] [--first N]`.

Random runs in virtual time against endpoints that keep their own bills: some know no `max_tokens`
and answer up to twenty times as long, some lose calls that they bill, with up to 256 evaluations
at once, caps in USD, calls, tokens, evaluations and seconds, judges and a meta-agent. No bill, no
count and no clock may exceed its cap, no purchase may be left without a result, and winners must be
confirmed on all requested tasks, except in one run in a hundred whose sealed tasks cost more than
the others. A run that stops because the budget does not cover the repetition of unanswered calls is
resumed with higher caps. Prints what was
found; exits with 1 if anything is not as it must be.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

from archive.records import ProposalResult
from archive.store import Archive
from evolve.engine.caps import budget_of
from evolve.engine.run import resume, start
from evolve.errors import BudgetError, OutageError
from evolve.runfile.settings import RunSettings

TASKS = 60
CONFIRMED = 10
PRICE = {"prompt": 0.5, "completion": 2.0}
BILLS = "bills.jsonl"
RARELY = 0.01
"""The share of runs that may confirm on fewer tasks."""
RAISED = 1.5
"""The factor on the caps of a run that ran out because of unanswered calls."""


class Verdict(NamedTuple):
    """The defects of a run, and its properties."""

    wrong: list[str]
    paused: int
    refused: bool
    evaluations: int
    used: float
    """The used share of the tightest cap."""
    confirmed: int
    """Tasks on which the winner was confirmed."""


def drawn(seed: int, folder: Path) -> RunSettings:
    """The settings of a random run."""
    rng = Random(f"benchmarks/spend/{seed}")
    usual = {
        "model": "any",
        "base_url": "http://127.0.0.1:9/v1",
        "price": PRICE,
        "timeout_s": 1000,
        "retry_wait_s": 0.1,
        "retries": 20,
        "obeys": rng.random() < 0.4,
        "max_tokens": rng.choice([64, 256, 1024]),
        "lost": rng.choice([0.0, 0.0, 0.02, 0.1]),
        "bills": str(folder / BILLS),
    }
    models = {
        name: {
            "benchmarks.billing_model:Billing": usual
            | {"median_tokens": usual["max_tokens"] * rng.choice([0.2, 0.8, 2.0, 8.0, 20.0])}
        }
        for name in ("one", "other")
    }
    lengths = [next(iter(model.values()))["median_tokens"] for model in models.values()]
    longest = usual["max_tokens"] if usual["obeys"] else max(lengths)
    slots = rng.choice([1, 4, 16, 64, 256])
    judge = {"judge": {"model": "other", "max_tokens": 64, "answer_bytes": 400}}
    meta = {"reflective": {"model": "other", "max_tokens": 200, "prompt_bytes": 10_000}}
    halving = {"successive_halving": {}}
    values = {
        "tasks": {
            "file": str(folder / "tasks.jsonl"),
            "split": "split",
            "scorer": rng.choice(["numeric", "numeric", judge]),
        },
        "models": models,
        "space": {"models": ["one", "other"], "agents": [1, 3]},
        "seeds": {"library": ["single", "self_consistency"]},
        "strategy": rng.choice(["random", "genetic", meta]),
        "allocator": rng.choice(["value", "uniform", "thompson", halving]),
        "order": rng.choice(["arrival", "arrival", "ticket"]),
        "confirm": {"tasks": CONFIRMED},
        "concurrency": slots,
        "budget": caps(rng, usual["max_tokens"], longest, slots),
        "seed": seed,
    }
    return RunSettings.model_validate(values)


def caps(rng: Random, max_tokens: int, longest: float, slots: int) -> dict[str, float]:
    """One to three caps, from tight to generous, beside the one that ends every run.

    The tightest cover the confirmation and some more, at the length that replies really have.
    """
    size = rng.uniform(1.0, 4.0)
    tokens = round(size * 60 * (4 * max(max_tokens, 1.2 * longest) + 1_500))
    budget: dict[str, float] = {
        "usd": tokens * rng.uniform(1.0, 2.0) / 1e6,
        "calls": round(size * 250),
        "tokens": tokens,
        "seconds": round(size * (60 + 1_000 / slots), 1),
    }
    names = rng.sample(sorted(budget), rng.choice([1, 1, 2, 3]))
    return {"evaluations": 250, **{name: budget[name] for name in names}}


def judge(seed: int) -> Verdict:
    """Runs one search to its end and compares its spend with its caps."""
    with tempfile.TemporaryDirectory() as name, Archive.in_memory() as archive:
        folder = Path(name)
        write_tasks(folder)
        wrong: list[str] = []
        paused, caps = 0, {}
        while True:
            try:
                result = resume(archive, caps=caps) if caps else start(drawn(seed, folder), archive)
            except BudgetError:
                return Verdict([], 0, True, 0, 0.0, 0)
            except OutageError:
                paused += 1
                wrong += exceeded(archive, folder)
                budget = budget_of(archive, archive.run()).model_dump(exclude_none=True)
                caps = {name: type(cap)(cap * RAISED) for name, cap in budget.items()}
                caps["evaluations"] = budget["evaluations"]
                continue
            wrong += exceeded(archive, folder) + unfinished(archive)
            confirmed = result.confirmation.tasks if result.confirmation else 0
            return Verdict(wrong, paused, False, *extent(archive), confirmed)


def exceeded(archive: Archive, folder: Path) -> list[str]:
    """The caps that a run exceeded, by the bills or by the archive's own account."""
    run = archive.run()
    budget = budget_of(archive, run).model_dump(exclude_none=True)
    booked, billed = used(archive), billed_in(folder)
    return [
        f"{who} {account[name]:g} of {cap:g} {name}"
        for name, cap in budget.items()
        for who, account in (("booked", booked), ("billed", billed))
        if account.get(name, 0) > cap
    ]


def used(archive: Archive) -> dict[str, float]:
    """The consumption of a run by its archive."""
    run = archive.run()
    spend = list(archive.spend(run).values())
    results = list(archive.results(run))
    return {
        "usd": sum(usage.usd or 0.0 for usage in spend),
        "calls": sum(usage.calls for usage in spend),
        "tokens": sum(usage.tokens for usage in spend),
        "evaluations": sum(not isinstance(result, ProposalResult) for result in results),
        "seconds": max((result.at for result in results), default=0.0),
    }


def billed_in(folder: Path) -> dict[str, float]:
    """The bills of the endpoints."""
    bills = folder / BILLS
    calls = list(map(json.loads, bills.read_text().splitlines())) if bills.exists() else []
    return {
        "calls": len(calls),
        "tokens": sum(tokens for tokens, _ in calls),
        "usd": sum(usd for _, usd in calls),
    }


def unfinished(archive: Archive) -> list[str]:
    """Purchases of a finished run without a result."""
    run = archive.run()
    left = archive.decisions(run, pending=True)
    return [f"{len(left)} purchases without a result"] * bool(left)


def extent(archive: Archive) -> tuple[int, float]:
    """The evaluations of a run, and the used share of its tightest cap."""
    budget = budget_of(archive, archive.run()).model_dump(exclude_none=True)
    took = used(archive)
    return int(took["evaluations"]), max(took[name] / cap for name, cap in budget.items())


def write_tasks(folder: Path) -> None:
    tasks = [
        {"question": f"Question {n}?", "answer": "1", "split": "validation" if n % 2 else "test"}
        for n in range(TASKS)
    ]
    (folder / "tasks.jsonl").write_text("\n".join(map(json.dumps, tasks)))


def measure(first: int, runs: int) -> dict[str, Any]:
    """All figures."""
    verdicts = {seed: judge(seed) for seed in range(first, first + runs)}
    made = [verdict for verdict in verdicts.values() if not verdict.refused]
    return {
        "runs": len(made),
        "refused": len(verdicts) - len(made),
        "paused": sum(verdict.paused > 0 for verdict in made),
        "confirmed_on_fewer_tasks": {
            seed: v.confirmed
            for seed, v in verdicts.items()
            if not v.refused and v.confirmed < CONFIRMED
        },
        "evaluations": sum(verdict.evaluations for verdict in made),
        "median_share_of_the_tightest_cap": round(median(v.used for v in made), 3),
        "wrong": {seed: verdict.wrong for seed, verdict in verdicts.items() if verdict.wrong},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    figures = measure(arguments.first, arguments.runs)
    print(json.dumps(figures))
    if figures["wrong"] or len(figures["confirmed_on_fewer_tasks"]) > RARELY * figures["runs"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
