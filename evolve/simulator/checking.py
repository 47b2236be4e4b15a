"""Checking an answer: true and false alarms."""

from math import sqrt

from evolve.simulator.draws import quantile
from evolve.simulator.situation import Situation

_KINSHIP = 0.35
"""Share of a check's noise that is the checker's own effect for the question. It makes a model that
errs on a question bad at checking it, so it finds its own errors less often than others do."""

_CASUAL = 0.8
"""The loss, on the probit scale, without an instruction to check."""

_ROLE_GAIN = 0.2
"""The gain of a critic's role in finding errors, on the probit scale."""

_COMPARING = 0.25
"""The gain in finding errors, on the probit scale, with other answers for comparison."""


def finds_fault(it: Situation, key: str, asked: bool) -> bool:
    """Whether the model flags an answer, given in normal form.

    Wrong answers are flagged with probability ``catch`` (shifted by how checkable the domain is),
    right ones with probability ``false_alarm``; both are lower without an instruction to check.
    """
    right = key == it.question.truth
    profile = it.profile
    care = (0.0 if asked else -_CASUAL) + _ROLE_GAIN * ("critic" in it.reading.roles)
    beside = _COMPARING if it.prompt.wanted == "choice" else 0.0
    effect = _standard(it)
    if right:
        level, effect = quantile(profile.false_alarm) + min(care, 0.0) - beside, -effect
    else:
        level = quantile(profile.catch) + it.domain.checkable + care + beside
    noise = it.noise.normal(f"check {key}")
    return level + sqrt(_KINSHIP) * effect + sqrt(1 - _KINSHIP) * noise > 0


def asked_to_check(it: Situation) -> bool:
    """Whether the prompt asks for checking, by its instructions, the role or its closing."""
    return (
        it.prompt.wanted != "answer"
        or not it.reading.features.isdisjoint(("verify", "independent"))
        or "critic" in it.reading.roles
    )


def _standard(it: Situation) -> float:
    """The model's effect for the question as a standard normal."""
    return it.aptitude / sqrt(1 - it.own_share)
