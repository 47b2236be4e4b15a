"""Rehearsals: the search itself with drawn evaluations, in a fraction of a second.

What a search spends its money on depends on its allocator, its strategy, its ledger and what it
finds, all together. So the search that will be run is run, with an executor that draws most
evaluations (`resampling`); a long one is stopped and extrapolated (`extrapolation`).
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
from evolve.budget.ledger import NOTHING, Spend
from evolve.engine.loop import Engine
from evolve.engine.run import start
from evolve.engine.state import SearchState
from evolve.engine.stopping import EndReason
from evolve.forecast.resampling import TOGETHER, Resampling, Tally
from evolve.runfile.settings import RunSettings
from search_spaces.config import SystemConfig

_OF_A_LOOK, _OF_A_CANDIDATE = 2, 8
"""The evaluations that a decision and a candidate count as, because they take time, too."""

CERTAIN = "the allocator"
"""The reason of a search that ends before its budget."""


@dataclass(frozen=True)
class Rehearsal:
    """The usage of a search until it ended or was stopped.

    Amounts are evaluations, calls, prompt_tokens, completion_tokens, tokens, seconds, candidates,
    and usd if it is known.
    """

    used: Mapping[str, float]
    halfway: Mapping[str, float]
    """The usage when about half of the evaluations were made."""
    confirming: Mapping[str, float]
    """The usage of the confirmation of a stopped search; otherwise it is part of `used`."""
    aside: Mapping[str, float]
    """The part of the caps that was set aside for the confirmation."""
    purchase: Mapping[str, float]
    """The mean worst case of the last evaluations; a search ends with less than that left."""
    largest: Mapping[str, float]
    """The same, or that of a proposal where it is larger."""
    proposing: Mapping[str, float]
    """The part of `used` for proposals."""
    calls: Mapping[str, float]
    """By model."""
    tokens: Mapping[str, float]
    """By model."""
    ended_by: str
    """The cap that ended the search, or `CERTAIN`; empty if it was stopped."""


class _Onlooker:
    """Observes what a search takes, and breaks it off after enough effort."""

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
        """The usage until now, by candidate."""
        state, parts = self.engine.state, self.engine.parts
        spent = parts.archive.spend(parts.run)
        used = {
            "evaluations": state.ledger.settled.evaluations,
            "seconds": state.last_at / (1 + TOGETHER / 2),
            "candidates": len(state.candidates),
            **_amounts(Usage.total(spent.values())),
        }
        proposing = _amounts(spent.get("propose", Usage()))  # of nothing, the cost is known
        known = {name: amount for name, amount in proposing.items() if name in used}
        return _Moment(used, known, state.standings.evaluations.copy())

    def parents(self, config: SystemConfig) -> list[str]:
        """The content ids of what a system was made from."""
        state = self.engine.state
        candidate = state.candidates[state.candidates.number_of[config.id]]
        return [state.candidates[parent.candidate].id for parent in candidate.parents]


class _Moment(NamedTuple):
    """The usage at one time, and the number of evaluations of each candidate."""

    used: dict[str, float]
    proposing: dict[str, float]
    counts: NDArray[np.int64]


def rehearse(
    settings: RunSettings, archive: Archive, resampling: Resampling, enough: int
) -> Rehearsal:
    """Rehearses a run once.

    Args:
        settings: The run; every model is simulated.
        archive: One in memory, which several rehearsals may share.
        resampling: What draws its evaluations.
        enough: The effort, in evaluations, after which it is stopped.

    Raises:
        EvolveError: The run cannot start with these settings.
    """
    onlooker = _Onlooker(resampling.tally, enough)
    resampling.ask_for_parents(onlooker.parents)
    changed = {"executor": resampling, "trackers": (), "traces": "none"}
    result = start(settings.model_copy(update=changed), archive, onlooker.watch)
    engine, last = onlooker.engine, onlooker.now()
    earlier = onlooker.earlier or last
    confirming = dict.fromkeys(last.used, 0.0)
    ended_by = _binding(engine.state) if result.ended is EndReason.SPENT else CERTAIN
    if result.stopped:
        confirming, ended_by = _confirming(engine, last.used), ""
    purchase, proposal = _purchase(engine, earlier.counts), engine.guard.worst.proposal()._asdict()
    return Rehearsal(
        last.used,
        earlier.used,
        confirming,
        engine.state.ledger.set_aside._asdict(),
        purchase,
        {name: max(each, proposal[name] or 0.0) for name, each in purchase.items()},
        last.proposing,
        _by_model(engine, resampling.tally.calls, "calls"),
        _by_model(engine, resampling.tally.tokens, "tokens"),
        ended_by,
    )


def _amounts(usage: Usage) -> dict[str, float]:
    names = ("calls", "prompt_tokens", "completion_tokens", "tokens", "usd")
    return {name: amount for name in names if (amount := getattr(usage, name)) is not None}


def _by_model(engine: Engine, evaluating: Mapping[str, int], name: str) -> dict[str, float]:
    """The usage of each model by evaluations and proposals."""
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
    worst = [[each or 0.0 for each in worst] for worst in engine.guard.worst]
    mean = np.average(np.array(worst), axis=0, weights=lately)
    return dict(zip(Spend._fields, mean.tolist(), strict=True))


def _confirming(engine: Engine, used: Mapping[str, float]) -> dict[str, float]:
    """The usage of confirming the best candidate and the best seed, at their rates so far.

    Controls take about what the best candidate does.
    """
    state, tasks = engine.state, engine.guard.sealed
    standings = state.standings.all()
    best = engine.settings.objective.best(standings)
    times = {state.best_seed(): 1}
    if best is not None:
        times[best.candidate] = 1 + engine.guard.controls_of(best.candidate)
    more = dict.fromkeys(used, 0.0)
    for candidate, systems in times.items():
        spend = state.consumption.used[candidate]
        share = systems * tasks / max(spend.evaluations, 1)
        for name in Spend._fields:
            if name in more:
                more[name] += share * (getattr(spend, name) or 0.0)
    for name in ("prompt_tokens", "completion_tokens"):
        more[name] = more["tokens"] * used[name] / max(used["tokens"], 1)
    more["seconds"] = used["seconds"] * more["evaluations"] / max(used["evaluations"], 1)
    return more
