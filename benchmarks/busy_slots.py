"""How busy small budgets keep the slots: `python -m benchmarks.busy_slots [--caps USD …]`.

Whole runs of the simulated quickstart, in virtual time, at caps from USD .3 to 20. Printed for each
cap is the share of the slots whose evaluation has a call in flight, from the beginning until the
search has spent 90 % of its spend; beside it evaluations, those given up, the share of the cap
that was used, and how much of the search calls waited for room.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import PrivateAttr

from archive.records import Rollout, Unscored
from archive.store import Archive
from evolve.budget.calls import PURCHASE
from evolve.budget.waits import WAIT
from evolve.engine.run import start
from evolve.models.base import Reply, Request
from evolve.runfile.settings import RunSettings
from evolve.simulator.simulated import Simulated
from tests.evolve.runs import settings

CAPS = (0.3, 0.5, 1.0, 2.0, 5.0, 20.0)
UNTIL = 0.9
"""The share of what the search spends up to which slots are to be busy."""


class Span(NamedTuple):
    """One call: its purchase, and when it began and ended."""

    purchase: int
    began: float
    ended: float


class Timed(Simulated):
    """A simulated model that records when its calls were in flight."""

    _spans: list[Span] = PrivateAttr(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All calls that ended."""
        return self._spans

    async def complete(self, request: Request) -> Reply:
        """Answers a request, after the time that its reply takes."""
        time = asyncio.get_running_loop().time
        began = time()
        reply = await super().complete(request)
        self._spans.append(Span(PURCHASE.get() or 0, began, time()))
        return reply


def timed_quickstart(usd: float, slots: int, seed: int) -> RunSettings:
    """The simulated quickstart with another cap, its models timed."""
    plain = settings(
        budget={"usd": usd},
        concurrency=slots,
        seed=seed,
        strategy="default",
        allocator="value",
        confirm={},
    )
    models = {
        name: Timed.model_validate(model.model_dump(exclude_defaults=True))
        for name, model in plain.models.items()
    }
    return plain.model_copy(update={"models": models})


def busy(spans: Sequence[Span], slots: int, until: float) -> float:
    """The share of the slots whose evaluation has a call in flight, up to a moment."""
    steps = sorted(
        [(span.began, 1, span.purchase) for span in spans]
        + [(span.ended, -1, span.purchase) for span in spans]
    )
    calls: dict[int, int] = {}
    before, filled = 0.0, 0.0
    for at, step, purchase in steps:
        if at > until:
            break
        filled += min(len(calls), slots) * (at - before)
        before, left = at, calls.get(purchase, 0) + step
        if left:
            calls[purchase] = left
        else:
            calls.pop(purchase, None)
    filled += min(len(calls), slots) * (until - before)
    return filled / (slots * until)


def measure(usd: float, slots: int, seed: int) -> dict[str, float]:
    """The figures of one run."""
    timed = timed_quickstart(usd, slots, seed)
    with Archive.in_memory() as archive:
        start(timed, archive)
        run = archive.run()
        results = list(archive.results(run))
        waits = sum(event.kind == WAIT for event in archive.events(run))
        spent = sum(spend.usd or 0.0 for spend in archive.spend(run).values())
    bought = [each for each in results if isinstance(each, Rollout | Unscored)]
    search = [(each.at, each.trace.usage.usd or 0.0) for each in bought if each.purpose == "search"]
    spans = [span for model in timed.models.values() for span in getattr(model, "spans", [])]
    return {
        "busy": round(busy(spans, slots, moment(search, UNTIL)), 3),
        "evaluations": len(bought),
        "given_up": sum(isinstance(each, Unscored) and each.given_up for each in bought),
        "share_of_cap": round(spent / usd, 3),
        "searched_for": round(sum(usd for _, usd in search) / usd, 3),
        "waits": waits // 2,
    }


def moment(spends: Sequence[tuple[float, float]], share: float) -> float:
    """When a share of some spending had settled."""
    total, settled = sum(usd for _, usd in spends), 0.0
    for at, usd in spends:
        settled += usd
        if settled >= share * total:
            return at
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--caps", type=float, nargs="*", default=CAPS)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for usd in arguments.caps:
        print(json.dumps({"usd": usd} | measure(usd, arguments.slots, arguments.seed)), flush=True)


if __name__ == "__main__":
    main()
