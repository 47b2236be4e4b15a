"""The search itself, rehearsed in a second or two: who will be evaluated how often.

What a search spends its money on depends on its allocator, its strategy, its ledger and what it
finds, all together. So the search that will be run is run, with an executor that draws most
evaluations (`drawing`); one that is long is broken off and goes on as it did lately.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archive.records import Usage
from archive.store import Archive
from evolve.engine import Engine
from evolve.estimating.drawing import TOGETHER, Drawing, Tally
from evolve.ledger import NOTHING, Spend
from evolve.run import start
from evolve.settings import RunSettings
from evolve.state import SearchState

_LOOKS = 160
"""How often results are taken before a search is broken off."""

CERTAIN = "the allocator"
"""What ends a search that does not use its budget up."""


class Rehearsed(NamedTuple):
    """What a run took."""

    totals: dict[str, float]
    """evaluations, calls, prompt_tokens, completion_tokens, seconds, and usd if it is known"""
    calls: Mapping[str, float]
    """By model."""
    tokens: Mapping[str, float]
    """By model."""
    binding: str
    """The cap that ended the search, or `CERTAIN`."""
    tried: int
    """Systems that were tried."""
    candidates: int


class _Onlooker:
    """Sees what a search took, and breaks it off when it has seen enough."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.engine: Engine
        self.looks: list[dict[str, float]] = []
        self.counts: list[NDArray[np.int64]] = []

    @contextmanager
    def watch(self, engine: Engine) -> Iterator[None]:
        self.engine = engine
        engine.on_change = self.look
        yield

    def look(self) -> None:
        self.looks.append(self.totals())
        self.counts.append(self.engine.state.standings.evaluations.copy())
        searching = not self.engine.state.confirmed
        if searching and len(self.looks) >= _LOOKS:
            self.engine.stop()

    def totals(self) -> dict[str, float]:
        """What was taken until now."""
        spent = self.engine.parts.archive.spend(self.engine.parts.run).values()
        usage = sum(spent, Usage())
        taken = {
            "evaluations": self.tally.evaluations,
            "calls": usage.calls,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "tokens": usage.tokens,
            "seconds": self.engine.state.last_at / (1 + TOGETHER / 2),
        }
        return taken if usage.usd is None else {**taken, "usd": usage.usd}


def rehearse(settings: RunSettings) -> Rehearsed:
    """Rehearses a run.

    Args:
        settings: The run; every model is simulated.

    Raises:
        EvolveError: The run cannot start as asked.
    """
    drawing = Drawing.around(settings.executor, Random(f"{settings.seed}/estimate"))
    onlooker = _Onlooker(drawing.tally)
    rehearsed = settings.model_copy(update={"executor": drawing, "trackers": ()})
    with Archive.in_memory() as archive:
        result = start(rehearsed, archive, onlooker.watch)
        engine, totals = onlooker.engine, onlooker.totals()
        binding = _binding(engine.state) if "budget" in result.ended else CERTAIN
        if result.stopped:
            totals, binding = _gone_on(onlooker, totals)
    return Rehearsed(
        totals,
        _by_model(engine, drawing.tally.calls, "calls", totals["calls"]),
        _by_model(engine, drawing.tally.tokens, "tokens", totals["tokens"]),
        binding,
        drawing.tried,
        len(engine.state.candidates),
    )


def _by_model(
    engine: Engine, evaluating: Mapping[str, int], name: str, total: float
) -> dict[str, float]:
    """A total, split as it was between the models until the search was broken off."""
    amounts: Counter[str] = Counter(evaluating)
    proposing = getattr(engine.state.ledger.by_purpose.get("propose", NOTHING), name)
    for asked in engine.settings.strategy.asks or (engine.settings.answering,):
        amounts[asked] += proposing
    return {model: total * amount / amounts.total() for model, amount in amounts.items() if amount}


def _binding(state: SearchState) -> str:
    """The cap of which least is left."""
    used = state.ledger.settled
    shares = {
        name: (getattr(used, name) or 0.0) / cap
        for name in Spend._fields
        if (cap := getattr(state.ledger.budget, name)) is not None
    }
    return max(shares, key=lambda name: shares[name], default=CERTAIN)


def _gone_on(onlooker: _Onlooker, totals: Mapping[str, float]) -> tuple[dict[str, float], str]:
    """What a search that was broken off takes in the end, and what ends it.

    It goes on as in its later half, until no further worst case fits beside what is set aside.
    """
    engine, middle = onlooker.engine, len(onlooker.looks) // 2
    confirming = _confirming(engine, totals)
    kept = _kept(engine, onlooker.counts[middle])
    before = onlooker.looks[middle]
    lately = {name: totals[name] - before[name] for name in totals}
    budget = engine.settings.budget
    rooms = {
        name: (cap - totals[name] - kept[name]) / max(lately[name], 1e-12)
        for name in (*Spend._fields, "seconds")
        if (cap := getattr(budget, name)) is not None
    }
    if budget.candidates is not None and len(engine.state.candidates) >= budget.candidates:
        pairs = len(engine.state.candidates) * len(engine.state.tasks)
        rooms[CERTAIN] = (pairs - totals["evaluations"]) / max(lately["evaluations"], 1)
    if not rooms:
        return {name: totals[name] + confirming[name] for name in totals}, CERTAIN
    binding = min(rooms, key=lambda name: rooms[name])
    more = max(0.0, rooms[binding])
    return {n: totals[n] + more * lately[n] + confirming[n] for n in totals}, binding


def _kept(engine: Engine, earlier: NDArray[np.int64]) -> dict[str, float]:
    """What of a budget no purchase can use: what is set aside, and the worst case of the next one.

    Args:
        engine: The search, as far as it went.
        earlier: How often each candidate had been evaluated in the middle of it.
    """
    aside = engine.state.ledger.set_aside
    lately = engine.state.standings.evaluations.copy()
    lately[: len(earlier)] -= earlier
    bought = [engine.admission.worst[candidate] for candidate in np.flatnonzero(lately)]
    return {
        "seconds": 0.0,
        **{
            name: (getattr(aside, name) or 0.0)
            + max((getattr(each, name) or 0.0 for each in bought), default=0.0)
            for name in Spend._fields
        },
    }


def _confirming(engine: Engine, totals: Mapping[str, float]) -> dict[str, float]:
    """What confirming takes: the best so far and the best seed, as they did in the search."""
    state, tasks = engine.state, engine.admission.confirmed_tasks
    standings = state.standings.all()
    best = engine.settings.objective.best(standings)
    contestants = {state.best_seed(), *(() if best is None else (best.candidate,))}
    taken = dict.fromkeys(totals, 0.0)
    for candidate in contestants:
        used = state.used[candidate]
        share = tasks / max(used.evaluations, 1)
        for name in ("evaluations", "calls", "tokens", "usd"):
            if name in taken:
                taken[name] += share * (getattr(used, name) or 0.0)
    for name in ("prompt_tokens", "completion_tokens"):
        taken[name] = taken["tokens"] * totals[name] / max(totals["tokens"], 1)
    taken["seconds"] = totals["seconds"] * taken["evaluations"] / max(totals["evaluations"], 1)
    return taken
