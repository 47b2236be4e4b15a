"""How long replies are, and how long they take."""

from collections.abc import Mapping
from math import exp, log
from typing import Final

from evolve.models.simulated.draws import Luck
from evolve.models.simulated.profile import Profile
from evolve.models.simulated.situation import Situation
from evolve.models.simulated.vocabulary import Feature

_LONGER: Final[Mapping[Feature, float]] = {
    "step_by_step": 2.4,
    "verify": 1.35,
    "restate": 1.15,
    "plan": 1.25,
    "alternatives": 1.45,
    "eliminate": 1.25,
    "tabulate": 1.3,
    "spell": 1.3,
    "principle": 1.1,
    "elaborate": 1.8,
    "concise": 0.6,
    "hasty": 0.45,
}
"""What an instruction multiplies the length of a reply by."""

_EFFORT: Final[Mapping[str | None, float]] = {"low": 0.6, None: 1.0, "medium": 1.0, "high": 2.2}
_OF_WANTED: Final = {"answer": 1.0, "verdict": 0.8, "choice": 0.6, "route": 0.6}
_COORDINATION = 0.3
"""Extra length for each message to be coordinated with, in tool-heavy domains."""

_GROWTH = 0.834
"""Latency grows as tokens^.834: with log-σ .55 of tokens this makes a correlation of .85 with log
latency of log-σ .54, as measured over models."""

_JITTER, _STALL, _STALLS = 0.18, 1.55, 0.02
"""Log-σ of the rest, and the rare stalls that put the 99th percentile at 4.8 times the median."""


def effort(it: Situation) -> float:
    """How much more than a direct answer is thought, as a multiple of its length."""
    factor = _EFFORT.get(it.request.effort, 1.0)
    for feature, longer in _LONGER.items():
        if feature in it.reading.features:
            factor *= longer
    return factor


def median_tokens(it: Situation) -> float:
    """The median length of the reply, in tokens, were it not capped."""
    tokens = it.profile.tokens * it.domain.length * effort(it) * _OF_WANTED[it.prompt.wanted]
    if it.domain.kind == "tools":
        tokens *= 1 + _COORDINATION * min(len(it.prompt.heard), 8)
    return tokens


def drawn(median: float, profile: Profile, luck: Luck) -> int:
    """A length about its median: log-normal, as measured (log-σ .74 over models and tasks)."""
    return max(1, round(median * exp(profile.spread * luck.normal("length"))))


def latency_s(tokens: int, profile: Profile, luck: Luck) -> float:
    """Seconds that a reply of that many tokens takes."""
    stall = _STALL if luck.uniform("stall") < _STALLS else 0.0
    noise = exp(_JITTER * luck.normal("latency") + stall)
    return profile.latency_s * exp(_GROWTH * log(tokens / 100)) * noise
