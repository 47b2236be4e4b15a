"""Lengths and latencies of replies."""

from collections.abc import Mapping
from math import exp, log
from typing import Final

from evolve.simulator.draws import Noise
from evolve.simulator.profile import Profile
from evolve.simulator.situation import Situation
from evolve.simulator.vocabulary import Feature

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
"""The factor of each instruction on the length of a reply."""

_EFFORT: Final[Mapping[str | None, float]] = {"low": 0.6, None: 1.0, "medium": 1.0, "high": 2.2}
_OF_WANTED: Final = {"answer": 1.0, "verdict": 0.8, "choice": 0.6, "route": 0.6}
_COORDINATION = 0.3
"""The relative extra length for each message, in tool-heavy domains."""

_GROWTH = 0.834
"""Latency grows as tokens^.834: with log-σ .55 of tokens this makes a correlation of .85 with log
latency of log-σ .54, as measured over models."""

_JITTER, _STALL, _STALLS = 0.18, 1.55, 0.02
"""Log-σ of the rest, and the rare stalls that put the 99th percentile at 4.8 times the median."""


def effort(it: Situation) -> float:
    """The amount of thinking, as a multiple of a direct answer's length."""
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


def drawn(median: float, profile: Profile, noise: Noise) -> int:
    """A length about its median: log-normal, as measured (log-σ .74 over models and tasks)."""
    return max(1, round(median * exp(profile.spread * noise.normal("length"))))


def latency_s(tokens: int, profile: Profile, noise: Noise) -> float:
    """Seconds that a reply of that many tokens takes."""
    stall = _STALL if noise.uniform("stall") < _STALLS else 0.0
    jitter = exp(_JITTER * noise.normal("latency") + stall)
    return profile.latency_s * exp(_GROWTH * log(tokens / 100)) * jitter
