"""Extrapolates whole searches from rehearsals that were stopped early.

Evaluations get more costly in the course of a search. So every amount is assumed to grow as a power
of the number of evaluations, until the rest of a cap, less what is set aside for the confirmation,
is too small for another purchase. The differences between rehearsals are noise, so the means of all
stopped ones are extrapolated.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from statistics import fmean
from typing import NamedTuple

from evolve.forecast.rehearsals import CERTAIN, Rehearsal
from evolve.runfile.settings import RunSettings

_GROWTH: Mapping[str, float] = {
    "calls": 0.15,
    "prompt_tokens": 0.3,
    "completion_tokens": 0.3,
    "tokens": 0.3,
    "usd": 0.5,
    "seconds": 0.15,
    "candidates": -0.2,
}
"""Powers of the number of evaluations by which amounts per evaluation grow: about those of searches
on the landscapes after their first 600. They have the same weight as those of rehearsals, which are
noisy: over those landscapes the two kinds of growth correlate by .6 for calls, .5 for tokens
and .4 for money."""

_KEPT = 0.55
"""The budget set aside for the confirmation at the end of a search, relative to that when it was
stopped: the shortlist is shorter by then, and token overruns are better known."""

_ROUNDS = 8
"""Iterations after which the length of the search and the budget set aside agree."""


class Whole(NamedTuple):
    """What a run takes."""

    totals: dict[str, float]
    """evaluations, calls, prompt_tokens, completion_tokens, seconds, and usd if it is known"""
    proposing: Mapping[str, float]
    """The part that goes into proposals."""
    calls: Mapping[str, float]
    """By model."""
    tokens: Mapping[str, float]
    """By model."""
    binding: str
    """The cap that ends the search, or `CERTAIN`."""


def whole(settings: RunSettings, rehearsals: Sequence[Rehearsal]) -> Whole:
    """The expected usage of the rehearsed run.

    Args:
        settings: The run.
        rehearsals: At least one.
    """
    ended = [each for each in rehearsals if each.ended_by]
    stopped = [each for each in rehearsals if not each.ended_by]
    totals = [dict(each.used) for each in ended]
    ends = Counter(each.ended_by for each in ended)
    if stopped:
        expected, binding = _extrapolated(settings, stopped)
        totals += [expected] * len(stopped)
        ends[binding] += len(stopped)
    mean = _mean(totals)
    used, proposing = (_mean([getattr(r, n) for r in rehearsals]) for n in ("used", "proposing"))
    return Whole(
        mean,
        {
            name: mean[name] * proposing[name] / max(used[name], 1e-12)
            for name in proposing
            if name in mean
        },
        _split(mean["calls"], [each.calls for each in rehearsals]),
        _split(mean["tokens"], [each.tokens for each in rehearsals]),
        ends.most_common(1)[0][0],
    )


def _mean(amounts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The means of the amounts that all of them have."""
    known = [name for name in amounts[0] if all(name in each for each in amounts)]
    return {name: fmean(each[name] or 0.0 for each in amounts) for name in known}


def _split(total: float, by_model: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A total, split between models as in rehearsals."""
    amounts: Counter[str] = Counter()
    for each in by_model:
        amounts.update(each)
    return {model: total * amount / amounts.total() for model, amount in amounts.items() if amount}


def _extrapolated(
    settings: RunSettings, rehearsals: Sequence[Rehearsal]
) -> tuple[dict[str, float], str]:
    """The usage of stopped searches extrapolated to their end, and what ends them."""
    used, earlier, aside, purchase, confirming = (
        _mean([getattr(each, name) for each in rehearsals])
        for name in ("used", "halfway", "aside", "purchase", "confirming")
    )
    powers = _powers(settings, earlier, used)
    caps = settings.budget.model_dump(exclude_none=True)
    lengths = {
        name: _length(
            caps[name], used[name], _KEPT * aside.get(name, 0) + purchase.get(name, 0), power
        )
        for name, power in powers.items()
        if name in caps and name in used and name != "candidates"
    }
    if used["candidates"] >= caps.get("candidates", float("inf")):
        tasks = len(settings.tasks.load(settings.seed).validation)
        lengths[CERTAIN] = max(1.0, used["candidates"] * tasks / max(used["evaluations"], 1))
    binding = min(lengths, key=lambda name: lengths[name], default=CERTAIN)
    longer = lengths.get(binding, 1.0)
    growth = {name: longer ** (power - 1) for name, power in powers.items()}
    return {
        name: longer ** powers[name] * used[name] + confirming[name] * growth[name] for name in used
    }, binding


def _powers(
    settings: RunSettings, earlier: Mapping[str, float], used: Mapping[str, float]
) -> dict[str, float]:
    """By which power of the number of evaluations amounts grow."""
    longer = log(used["evaluations"] / max(earlier["evaluations"], 1))
    usual = dict(_GROWTH)
    if len({model.price for model in settings.models.values()}) == 1:
        usual["usd"] = usual["tokens"]  # there is no more expensive model
    powers = {"evaluations": 1.0}
    for name, growth in usual.items():
        if name in used:
            known = longer > 0 and earlier[name] > 0 and used[name] > 0
            grown = log(used[name] / earlier[name]) / longer - 1 if known else growth
            powers[name] = 1 + (growth + grown) / 2 if abs(grown) > 1e-9 else 1.0
    return powers


def _length(cap: float, total: float, kept: float, power: float) -> float:
    """How many times as many evaluations as so far a cap allows.

    Args:
        cap: The cap.
        total: The usage so far.
        kept: What no purchase could use now; it grows with the cost of evaluations.
        power: How the amount grows with the number of evaluations.
    """
    longer = 1.0
    for _ in range(_ROUNDS):
        free = cap - kept * longer ** (power - 1)
        longer = max(1.0, free / max(total, 1e-12)) ** (1 / power)
    return longer
