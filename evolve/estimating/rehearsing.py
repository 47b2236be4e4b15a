"""The search itself, rehearsed for a part of a second: who is evaluated how often.

What a search spends its money on depends on its allocator, its strategy, its ledger and what it
finds, all together. So the search that will be run is run, with an executor that draws most
evaluations (`drawing`); one that is long is broken off. How it goes on is said by `going_on`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from archive.records import Usage
from archive.store import Archive
from evolve.engine import SPENT, Engine
from evolve.estimating.drawing import TOGETHER, Drawing, Tally
from evolve.ledger import NOTHING, Spend
from evolve.run import start
from evolve.settings import RunSettings
from evolve.state import SearchState
from search_spaces.config import SystemConfig

_OF_A_LOOK, _OF_A_CANDIDATE = 2, 8
"""As how many evaluations a decision and a candidate count, which take time as well."""

CERTAIN = "the allocator"
"""What ends a search that does not use its budget up."""


@dataclass(frozen=True)
class Rehearsal:
    """What a search took until it ended or was broken off.

    Amounts are evaluations, calls, prompt_tokens, completion_tokens, tokens, seconds, candidates,
    and usd if it is known.
    """

    taken: Mapping[str, float]
    halfway: Mapping[str, float]
    """What was taken when about half of the evaluations were made."""
    confirming: Mapping[str, float]
    """What confirming takes if the search was broken off before; else it is in `taken`."""
    aside: Mapping[str, float]
    """What of the caps was set aside for confirming."""
    purchase: Mapping[str, float]
    """The mean worst case of the last evaluations: less than that is left of a cap."""
    largest: Mapping[str, float]
    """The same, or that of a proposal where it is larger."""
    proposing: Mapping[str, float]
    """What making candidates took of `taken`."""
    calls: Mapping[str, float]
    """By model."""
    tokens: Mapping[str, float]
    """By model."""
    ended_by: str
    """The cap that ended the search, or `CERTAIN`; empty if it was broken off."""


class _Onlooker:
    """Sees what a search takes, and breaks it off when it has seen enough."""

    def __init__(self, tally: Tally, enough: int) -> None:
        self.tally = tally
        self.enough = enough
        self.engine: Engine
        self.looks = 0
        self.earlier: _Moment | None = None

    @contextmanager
    def watch(self, engine: Engine) -> Iterator[None]:
        self.engine = engine
        engine.on_change = self.look
        yield

    def look(self) -> None:
        self.looks += 1
        candidates = len(self.engine.state.candidates)
        effort = self.tally.evaluations + _OF_A_LOOK * self.looks + _OF_A_CANDIDATE * candidates
        if 2 * effort >= self.enough and self.earlier is None:
            self.earlier = self.now()
        if effort >= self.enough and not self.engine.state.confirmed:
            self.engine.stop()

    def now(self) -> "_Moment":
        """What was taken until now, and by whom."""
        state, parts = self.engine.state, self.engine.parts
        spent = parts.archive.spend(parts.run)
        taken = {
            "evaluations": state.ledger.settled.evaluations,
            "seconds": state.last_at / (1 + TOGETHER / 2),
            "candidates": len(state.candidates),
            **_amounts(Usage.total(spent.values())),
        }
        proposing = _amounts(spent.get("propose", Usage()))  # of nothing, the cost is known
        known = {name: amount for name, amount in proposing.items() if name in taken}
        return _Moment(taken, known, state.standings.evaluations.copy())

    def parents(self, config: SystemConfig) -> list[str]:
        """The content ids of what a system was made from."""
        state = self.engine.state
        candidate = state.candidates[state.number_of[config.id]]
        return [state.candidates[parent.candidate].id for parent in candidate.parents]


class _Moment(NamedTuple):
    """What was taken until then, and how often each candidate had been evaluated."""

    taken: dict[str, float]
    proposing: dict[str, float]
    counts: NDArray[np.int64]


def rehearse(settings: RunSettings, archive: Archive, drawing: Drawing, enough: int) -> Rehearsal:
    """Rehearses a run once.

    Args:
        settings: The run; every model is simulated.
        archive: One in memory, which several rehearsals may share.
        drawing: What draws its evaluations.
        enough: After how much effort, in evaluations, it is broken off.

    Raises:
        EvolveError: The run cannot start as asked.
    """
    onlooker = _Onlooker(drawing.tally, enough)
    drawing.ask_for_parents(onlooker.parents)
    changed = {"executor": drawing, "trackers": (), "traces": "none"}
    result = start(settings.model_copy(update=changed), archive, onlooker.watch)
    engine, last = onlooker.engine, onlooker.now()
    earlier = onlooker.earlier or last
    confirming = dict.fromkeys(last.taken, 0.0)
    ended_by = _binding(engine.state) if result.ended == SPENT else CERTAIN
    if result.stopped:
        confirming, ended_by = _confirming(engine, last.taken), ""
    purchase, proposal = _purchase(engine, earlier.counts), engine.admission.proposing._asdict()
    return Rehearsal(
        last.taken,
        earlier.taken,
        confirming,
        engine.state.ledger.set_aside._asdict(),
        purchase,
        {name: max(each, proposal[name] or 0.0) for name, each in purchase.items()},
        last.proposing,
        _by_model(engine, drawing.tally.calls, "calls"),
        _by_model(engine, drawing.tally.tokens, "tokens"),
        ended_by,
    )


def _amounts(usage: Usage) -> dict[str, float]:
    names = ("calls", "prompt_tokens", "completion_tokens", "tokens", "usd")
    return {name: amount for name in names if (amount := getattr(usage, name)) is not None}


def _by_model(engine: Engine, evaluating: Mapping[str, int], name: str) -> dict[str, float]:
    """What evaluating and proposing took of each model."""
    amounts: Counter[str] = Counter(evaluating)
    proposing = getattr(engine.state.ledger.by_purpose.get("propose", NOTHING), name)
    for asked in engine.settings.strategy.asks or (engine.settings.answering,):
        amounts[asked] += proposing
    return dict(amounts)


def _binding(state: SearchState) -> str:
    """The cap of which least is left."""
    used = state.ledger.settled
    shares = {
        name: (getattr(used, name) or 0.0) / cap
        for name in Spend._fields
        if (cap := getattr(state.ledger.budget, name)) is not None
    }
    return max(shares, key=lambda name: shares[name], default=CERTAIN)


def _purchase(engine: Engine, earlier: NDArray[np.int64]) -> dict[str, float]:
    """The mean worst case of the last evaluations.

    Args:
        engine: The search, as far as it went.
        earlier: How often each candidate had been evaluated at an earlier moment.
    """
    lately = engine.state.standings.evaluations + 1e-9
    lately[: len(earlier)] -= earlier
    worst = [[each or 0.0 for each in worst] for worst in engine.admission.worst]
    mean = np.average(np.array(worst), axis=0, weights=lately)
    return dict(zip(Spend._fields, mean.tolist(), strict=True))


def _confirming(engine: Engine, taken: Mapping[str, float]) -> dict[str, float]:
    """What confirming takes: the best so far and the best seed, as they did in the search."""
    state, tasks = engine.state, engine.admission.confirmed_tasks
    standings = state.standings.all()
    best = engine.settings.objective.best(standings)
    contestants = {state.best_seed(), *(() if best is None else (best.candidate,))}
    more = dict.fromkeys(taken, 0.0)
    for candidate in contestants:
        used = state.used[candidate]
        share = tasks / max(used.evaluations, 1)
        for name in Spend._fields:
            if name in more:
                more[name] += share * (getattr(used, name) or 0.0)
    for name in ("prompt_tokens", "completion_tokens"):
        more[name] = more["tokens"] * taken[name] / max(taken["tokens"], 1)
    more["seconds"] = taken["seconds"] * more["evaluations"] / max(taken["evaluations"], 1)
    return more
