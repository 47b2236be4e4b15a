"""Checking an answer: it catches some errors and suspects some right answers."""

from math import sqrt

from evolve.models.simulated.draws import quantile
from evolve.models.simulated.situation import Situation

_KINSHIP = 0.35
"""Share of a check's luck that is the checker's own bent for the question: whoever errs on it is
bad at checking it, so a model finds its own errors less often than another family does."""

_CASUAL = 0.8
"""How much less, on the probit scale, is found by who was not asked to check."""

_ROLE_GAIN = 0.2
"""What a critic's role adds to finding errors, on the probit scale."""

_COMPARING = 0.25
"""How much more clearly faults are seen, on the probit scale, with other answers beside them."""


def finds_fault(it: Situation, key: str, asked: bool) -> bool:
    """Whether the model flags an answer, given in normal form.

    Wrong answers are flagged with probability ``catch`` (shifted by how checkable the domain is),
    right ones with probability ``false_alarm``; both lower if checking was not asked for.
    """
    right = key == it.question.truth
    profile = it.profile
    care = (0.0 if asked else -_CASUAL) + _ROLE_GAIN * ("critic" in it.reading.roles)
    beside = _COMPARING if it.prompt.wanted == "choice" else 0.0
    bent = _standard(it)
    if right:
        level, bent = quantile(profile.false_alarm) + min(care, 0.0) - beside, -bent
    else:
        level = quantile(profile.catch) + it.domain.checkable + care + beside
    luck = it.luck.normal(f"check {key}")
    return level + sqrt(_KINSHIP) * bent + sqrt(1 - _KINSHIP) * luck > 0


def asked_to_check(it: Situation) -> bool:
    """Whether the prompt asks for checking, by its instructions, the role or its closing."""
    return (
        it.prompt.wanted != "answer"
        or not it.reading.features.isdisjoint(("verify", "independent"))
        or "critic" in it.reading.roles
    )


def _standard(it: Situation) -> float:
    """The model's bent for the question as a standard normal."""
    return it.aptitude / sqrt(1 - it.own_share)
