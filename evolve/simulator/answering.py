"""The probability of a right answer without peers: item response, changed by instructions.

A question is answered rightly when ability, gains and noise together exceed its difficulty
(the normal ogive of item response theory; Lord & Novick, 1968, chapter 16). Noise has variance 1,
so a margin of 0 means one half over questions of that difficulty, and 1 means .84.
"""

from dataclasses import dataclass
from math import exp, log2, sqrt, tanh
from typing import Final

from evolve.answers.reading import normalise
from evolve.simulator.draws import share_below
from evolve.simulator.lengths import effort
from evolve.simulator.plausible import tempting
from evolve.simulator.prompt import Demonstrated
from evolve.simulator.situation import Situation
from evolve.simulator.stated import answer
from evolve.simulator.vocabulary import PROCEDURES, TOPICS, Feature

_OF_ANOTHER_KIND = 0.15
"""The weight of a worked example of another kind of task."""


@dataclass(frozen=True, slots=True)
class Help:
    """Contributions of other agents: to the margin, and as advice that acts like instructions."""

    margin: float = 0.0
    advice: frozenset[Feature] = frozenset()


ALONE: Final = Help()


def own_answer(it: Situation, help_: Help = ALONE) -> str:
    """The model's own answer, given help."""
    if margin(it, help_) + it.aptitude + sqrt(it.own_share) * it.noise.normal("solve") > 0:
        return it.question.answer
    return tempting(it.wrong, it.profile.clustering, share_below(it.temptation))


def margin(it: Situation, help_: Help) -> float:
    """Ability and gains less difficulty and losses."""
    profile, domain = it.profile, it.domain
    return (
        profile.ability
        + profile.skills.get(domain.topic, 0.0)
        - domain.difficulty
        - domain.variety * it.question.difficulty
        + help_.margin
        + instructions_gain(it, help_.advice)
        + roles_gain(it)
        + demonstrations_gain(it)
        + thinking_gain(it)
        - losses(it)
    )


def instructions_gain(it: Situation, advice: frozenset[Feature]) -> float:
    """The gain of the instructions and advice that the domain rewards, with diminishing returns.

    A clearer prompt was measured to gain 3.7 to 4.8 points; several gains saturate.
    """
    ceiling = it.landscape.ceiling
    minded = it.reading.features | advice
    gain = sum(gain for feature, gain in it.domain.rewards.items() if feature in minded)
    gain += sum(pair.gain for pair in it.domain.pairs if minded.issuperset(pair.of))
    return ceiling * tanh(gain / ceiling)


def roles_gain(it: Situation) -> float:
    """The best of an agent's roles for this domain; a topic that is not the domain's distracts."""
    roles = it.reading.roles
    fitting = [gain for role, gain in it.domain.roles.items() if role in roles]
    if fitting:
        return max(fitting)
    return -it.landscape.misfit if roles & TOPICS else 0.0


def demonstrations_gain(it: Situation) -> float:
    """Worked examples help, the first most: g·(1 − 2^(−n/2)).

    Those of other kinds of task count little, and wrong ones against the right ones.
    """
    worth = sum(_worth(it, shown) for shown in it.prompt.demonstrations)
    return it.domain.demonstrations * (1 - 2 ** (-max(worth, -2.0) / 2)) if worth else 0.0


def _worth(it: Situation, shown: Demonstrated) -> float:
    if shown.question is None:
        return _OF_ANOTHER_KIND
    if normalise(answer(shown.answer) or shown.answer) != shown.question.truth:
        return -1.0
    return 1.0 if shown.question.domain is it.domain else _OF_ANOTHER_KIND


def thinking_gain(it: Situation) -> float:
    """More thinking helps with diminishing returns: k·(x^β − 1) for x times a direct answer's.

    The bias that compute x buys grows as x^β (budgeted multi-agent synergy). ``max_tokens`` limits
    thinking too.
    """
    profile, domain = it.profile, it.domain
    allowed = it.request.max_tokens / (profile.tokens * domain.length)
    amount = min(effort(it), allowed)
    return domain.thinking * profile.thinking * (float(amount**profile.returns) - 1)


def losses(it: Situation) -> float:
    """The loss by prompts that ask too much, contradict themselves or are too long."""
    landscape, reading, profile = it.landscape, it.reading, it.profile
    excess = len(reading.features & PROCEDURES) - profile.attention
    bloat = reading.words / landscape.bloat_words
    crowding = it.prompt.tokens / profile.window
    heat = (it.request.temperature or 0.0) - 1
    return (
        landscape.dilution * max(0, excess)
        + landscape.contradiction * reading.contradictions
        + landscape.bloat * (log2(bloat) if bloat > 1 else 0.0)
        + landscape.crowding * (log2(crowding) if crowding > 1 else 0.0)
        + landscape.overheating * max(0.0, heat)
    )


def fidelity(it: Situation, tokens: int) -> float:
    """γ(m): the share of messages of m tokens that is understood.

    A bare answer conveys little of its derivation; longer messages convey more, up to the
    model's own limit (budgeted multi-agent synergy: a message of length m keeps γ(m) of the bias).
    """
    return it.profile.fidelity * conveyed(tokens, it.landscape.gist_tokens)


def conveyed(tokens: int, gist_tokens: float) -> float:
    """The share of its content that a message of that length conveys."""
    return 1 - exp(-tokens * 0.693 / gist_tokens)
