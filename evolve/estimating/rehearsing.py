"""The search itself, rehearsed in a second or two: who will be evaluated how often.

What a search spends its money on depends on its allocator, its strategy, its ledger and what it
finds, all together. So the search that will be run is run, with an executor that draws most
evaluations (`drawing`); one that is long is broken off and goes on as it did lately.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import log
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archive.records import Usage
from archive.store import Archive
from evolve.engine import Engine
from evolve.estimating.drawing import TOGETHER, Drawing, Tally
from evolve.executors.local import Local
from evolve.ledger import NOTHING, Spend
from evolve.run import start
from evolve.settings import RunSettings
from evolve.state import SearchState
from search_spaces.config import SystemConfig

_ENOUGH = 1_400
_OF_A_LOOK = 8
"""How many evaluations are enough to break a search off, and as how many a decision counts."""

_POWERS = (0.7, 2.0)
"""The least and the greatest power by which an amount is taken to grow."""

_ROUNDS = 8
"""In which what fits beside what is kept, and what is kept by then, agree."""

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

    def __init__(self) -> None:
        self.tally: Tally
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
        if searching and self.tally.evaluations + _OF_A_LOOK * len(self.looks) >= _ENOUGH:
            self.engine.stop()

    def parents(self, config: SystemConfig) -> list[str]:
        """The content ids of what a system was made from."""
        state = self.engine.state
        candidate = state.candidates[state.number_of[config.id]]
        return [state.candidates[parent.candidate].id for parent in candidate.parents]

    def halfway(self, evaluations: float) -> int:
        """The first look at which half of so many evaluations were made."""
        made = (2 * look["evaluations"] >= evaluations for look in self.looks)
        return next(place for place, enough in enumerate(made) if enough)

    def totals(self) -> dict[str, float]:
        """What was taken until now."""
        spent = self.engine.parts.archive.spend(self.engine.parts.run).values()
        usage = sum(spent, Usage())
        taken = {
            "evaluations": self.engine.state.ledger.settled.evaluations,
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
    onlooker = _Onlooker()
    drawing = Drawing.around(Local(), onlooker.parents, Random(f"{settings.seed}/estimate"))
    onlooker.tally = drawing.tally
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

    What it finds gets dearer to evaluate as it goes on. So every amount is taken to grow as a power
    of the number of evaluations, as it did over the later half, until what is left of a cap is too
    little for a purchase like the last ones beside what is set aside for confirming.
    """
    engine = onlooker.engine
    earlier = onlooker.halfway(totals["evaluations"])
    powers = _powers(onlooker.looks[earlier], totals)
    kept = _kept(engine, onlooker.counts[earlier])
    budget = engine.settings.budget
    lengths = {
        name: _length(cap, totals[name], kept[name], powers[name])
        for name in (*Spend._fields, "seconds")
        if (cap := getattr(budget, name)) is not None
    }
    if budget.candidates is not None and len(engine.state.candidates) >= budget.candidates:
        pairs = len(engine.state.candidates) * len(engine.state.tasks)
        lengths[CERTAIN] = max(1.0, pairs / max(totals["evaluations"], 1))
    binding = min(lengths, key=lambda name: lengths[name], default=CERTAIN)
    longer = lengths.get(binding, 1.0)
    confirming = _confirming(engine, totals)
    dearer = {name: longer ** (powers[name] - powers["evaluations"]) for name in totals}
    return {
        name: totals[name] * longer ** powers[name] + confirming[name] * dearer[name]
        for name in totals
    }, binding


def _powers(earlier: Mapping[str, float], totals: Mapping[str, float]) -> dict[str, float]:
    """By which power of the number of evaluations amounts grew since an earlier moment."""
    longer = log(totals["evaluations"] / earlier["evaluations"])
    grown = {
        name: log(total / earlier[name]) / longer if total and earlier[name] else 1.0
        for name, total in totals.items()
    }
    return {name: min(max(power, _POWERS[0]), _POWERS[1]) for name, power in grown.items()}


def _length(cap: float, total: float, kept: float, power: float) -> float:
    """How many times as many evaluations as so far a cap allows.

    Args:
        cap: The cap.
        total: What was taken of it so far.
        kept: What no purchase could use now; it grows as evaluations get dearer.
        power: How the amount grows with the number of evaluations.
    """
    longer = 1.0
    for _ in range(_ROUNDS):
        free = cap - kept * longer ** (power - 1)
        longer = max(1.0, free / max(total, 1e-12)) ** (1 / power)
    return longer


def _kept(engine: Engine, earlier: NDArray[np.int64]) -> dict[str, float]:
    """What of a budget no purchase can use: what is set aside, and the worst case of the next one.

    Args:
        engine: The search, as far as it went.
        earlier: How often each candidate had been evaluated at an earlier moment.
    """
    aside = engine.state.ledger.set_aside
    lately = engine.state.standings.evaluations.copy()
    lately[: len(earlier)] -= earlier
    worst = [engine.admission.worst[candidate] for candidate in range(len(lately))]
    return {
        "seconds": 0.0,
        **{
            name: (getattr(aside, name) or 0.0)
            + float(np.average([getattr(each, name) or 0.0 for each in worst], weights=lately))
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
