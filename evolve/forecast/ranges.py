"""Ranges of estimates, meant to hold in eight of ten runs.

Three things are put together, as if they were independent: how far rehearsals are apart, what they
would be apart at least (three of them may agree by rng), and what is not known of the models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log10, sqrt
from statistics import variance

from evolve.forecast.extrapolation import Whole
from evolve.runfile.settings import RunSettings

_EIGHT_OF_TEN = 1.28
"""Deviations of a normal distribution to either side, with four fifths between them."""

_USUAL = 0.25
"""The log-deviation between runs of the same file, in quantities without a cap."""

_CAPPED = 0.1
"""The same in capped quantities, which are mostly used up."""

_UNBOUND = 0.4
"""The same where no cap bounds calls, tokens or money, so that nothing keeps systems small."""

_LIMITING = ("calls", "tokens", "usd")

_WEIGHT = 2.0
"""The number of rehearsals that the usual spread counts as."""

_UNKNOWN: Mapping[str, float] = {
    "evaluations": 0.2,
    "calls": 0.2,
    "tokens": 0.4,
    "prompt_tokens": 0.3,
    "completion_tokens": 0.5,
    "usd": 0.5,
    "seconds": 0.7,
}
"""The log-deviation that unknown models add, above all by the length of replies."""

_LEARNED = 0.7
"""The part of it that is left where earlier runs cover all models."""

_BOUGHT = frozenset(("evaluations", "calls", "tokens", "prompt_tokens", "completion_tokens"))
"""What a cap on money limits in as far as it is known which models it will be spent on."""


@dataclass(frozen=True)
class Amount:
    """An expected amount and its range, which holds in about eight of ten runs."""

    expected: float
    low: float
    high: float


def amounts(
    settings: RunSettings, expected: Whole, each: Sequence[Whole], known: float
) -> dict[str, Amount]:
    """The expected amounts of a run, with their ranges.

    Args:
        settings: The run.
        expected: What it takes by all rehearsals together.
        each: What it takes by every single one.
        known: Which share of its models is simulated anyway, or known from earlier runs.
    """
    caps = settings.budget.model_dump(exclude_none=True)
    found = {}
    for name in _UNKNOWN.keys() & expected.totals.keys():
        total, cap = expected.totals[name], caps.get(name, float("inf"))
        deviation = _deviation(settings, name, [whole.totals[name] for whole in each], known)
        width = exp(_EIGHT_OF_TEN * deviation)
        low, high = total / width, total * width
        found[name] = Amount(min(total, cap), min(low, cap), min(high, cap))
    return {name: found[name] for name in _UNKNOWN if name in found}


def _deviation(settings: RunSettings, name: str, totals: Sequence[float], known: float) -> float:
    """The log-deviation of a run's amount from what is expected of it."""
    usual = _usual(settings, name)
    count = len(totals)
    apart = variance([log(max(total, 1e-9)) for total in totals]) if count > 1 else 0.0
    chance = ((count - 1) * apart + _WEIGHT * usual**2) / (count - 1 + _WEIGHT)
    unknown = min(1.0, usual / _USUAL) * _UNKNOWN[name] * (1 - (1 - _LEARNED) * known)
    deviation = sqrt(chance * (1 + 1 / count) + unknown**2)
    return deviation * (_apart(settings) if name in _BOUGHT else 1.0)


def _usual(settings: RunSettings, name: str) -> float:
    caps = settings.budget.model_dump(exclude_none=True)
    if name in caps:
        return _CAPPED
    return _USUAL if any(limiting in caps for limiting in _LIMITING) else _UNBOUND


def _apart(settings: RunSettings) -> float:
    """The additional log-deviation where models' prices differ."""
    prices = [
        model.price.prompt + model.price.completion
        for model in settings.models.values()
        if model.price
    ]
    if settings.budget.usd is None or not prices or not min(prices):
        return 1.0
    return 1 + log10(max(prices) / min(prices))
