"""What whole searches take, from rehearsals of which most were broken off.

What a search finds gets dearer to evaluate as it goes on. So every amount is taken to grow as a
power of the number of evaluations, until what is left of a cap is too little for a purchase like
the last ones beside what is set aside for confirming. How far apart rehearsals are is luck, so
what was broken off is put together before it goes on: one long search of the mean system.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from statistics import fmean
from typing import NamedTuple

from evolve.estimating.rehearsing import CERTAIN, Rehearsal
from evolve.settings import RunSettings

_GROWTH: Mapping[str, float] = {
    "calls": 0.15,
    "prompt_tokens": 0.3,
    "completion_tokens": 0.3,
    "tokens": 0.3,
    "usd": 0.5,
    "seconds": 0.15,
    "candidates": -0.2,
}
"""By which power of the number of evaluations an amount per evaluation grows: about what searches
of the landscapes did after their first 600. It counts as much as what rehearsals say, which alone
is too noisy: over those landscapes the two kinds of growth correlate by .6 for calls, .5 for tokens
and .4 for money."""

_KEPT = 0.55
"""What is left of what was set aside for confirming when a search ends, in that of when it was
broken off: fewer may still win, and less is feared of their replies."""

_ROUNDS = 8
"""In which what fits beside what is kept, and what is kept by then, agree."""


class Whole(NamedTuple):
    """What a run takes."""

    totals: dict[str, float]
    """evaluations, calls, prompt_tokens, completion_tokens, seconds, and usd if it is known"""
    proposing: Mapping[str, float]
    """What making candidates takes of it."""
    calls: Mapping[str, float]
    """By model."""
    tokens: Mapping[str, float]
    """By model."""
    binding: str
    """The cap that ends the search, or `CERTAIN`."""


def whole(settings: RunSettings, rehearsals: Sequence[Rehearsal]) -> Whole:
    """What the run takes that was rehearsed.

    Args:
        settings: The run.
        rehearsals: At least one.
    """
    ended = [each for each in rehearsals if each.ended_by]
    broken_off = [each for each in rehearsals if not each.ended_by]
    totals = [dict(each.taken) for each in ended]
    ends = Counter(each.ended_by for each in ended)
    if broken_off:
        expected, binding = _gone_on(settings, broken_off)
        totals += [expected] * len(broken_off)
        ends[binding] += len(broken_off)
    mean = _mean(totals)
    taken, proposing = (_mean([getattr(r, n) for r in rehearsals]) for n in ("taken", "proposing"))
    return Whole(
        mean,
        {
            name: mean[name] * proposing[name] / max(taken[name], 1e-12)
            for name in proposing
            if name in mean
        },
        _split(mean["calls"], [each.calls for each in rehearsals]),
        _split(mean["tokens"], [each.tokens for each in rehearsals]),
        ends.most_common(1)[0][0],
    )


def _mean(amounts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The means of what is known in all of them."""
    known = [name for name in amounts[0] if all(name in each for each in amounts)]
    return {name: fmean(each[name] or 0.0 for each in amounts) for name in known}


def _split(total: float, by_model: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A total, split between models as in rehearsals."""
    amounts: Counter[str] = Counter()
    for each in by_model:
        amounts.update(each)
    return {model: total * amount / amounts.total() for model, amount in amounts.items() if amount}


def _gone_on(
    settings: RunSettings, rehearsals: Sequence[Rehearsal]
) -> tuple[dict[str, float], str]:
    """What searches that were broken off take in the end, and what ends them."""
    taken, earlier, aside, purchase, confirming = (
        _mean([getattr(each, name) for each in rehearsals])
        for name in ("taken", "halfway", "aside", "purchase", "confirming")
    )
    powers = _powers(settings, earlier, taken)
    caps = settings.budget.model_dump(exclude_none=True)
    lengths = {
        name: _length(
            caps[name], taken[name], _KEPT * aside.get(name, 0) + purchase.get(name, 0), power
        )
        for name, power in powers.items()
        if name in caps and name in taken and name != "candidates"
    }
    if taken["candidates"] >= caps.get("candidates", float("inf")):
        tasks = len(settings.tasks.load(settings.seed).validation)
        lengths[CERTAIN] = max(1.0, taken["candidates"] * tasks / max(taken["evaluations"], 1))
    binding = min(lengths, key=lambda name: lengths[name], default=CERTAIN)
    longer = lengths.get(binding, 1.0)
    dearer = {name: longer ** (power - 1) for name, power in powers.items()}
    return {
        name: longer ** powers[name] * taken[name] + confirming[name] * dearer[name]
        for name in taken
    }, binding


def _powers(
    settings: RunSettings, earlier: Mapping[str, float], taken: Mapping[str, float]
) -> dict[str, float]:
    """By which power of the number of evaluations amounts grow."""
    longer = log(taken["evaluations"] / max(earlier["evaluations"], 1))
    usual = dict(_GROWTH)
    if len({model.price for model in settings.models.values()}) == 1:
        usual["usd"] = usual["tokens"]  # no dearer model can be found
    powers = {"evaluations": 1.0}
    for name, growth in usual.items():
        if name in taken:
            known = longer > 0 and earlier[name] > 0 and taken[name] > 0
            grown = log(taken[name] / earlier[name]) / longer - 1 if known else growth
            powers[name] = 1 + (growth + grown) / 2 if abs(grown) > 1e-9 else 1.0
    return powers


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
