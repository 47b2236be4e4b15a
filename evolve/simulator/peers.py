"""How a model uses other agents' messages: understanding, checking, conforming, help."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2

from evolve.answers.reading import normalise
from evolve.simulator.answering import Help, fidelity, own_answer
from evolve.simulator.checking import asked_to_check, finds_fault
from evolve.simulator.prompt import tokens_of
from evolve.simulator.reader import read
from evolve.simulator.situation import Situation
from evolve.simulator.stated import Verdict, answer, verdict
from evolve.simulator.vocabulary import Feature

_ADVICE = 4_000
"""Characters of advice that are read."""

_INDEPENDENT = 0.75
"""Factor on the weight of peers under an instruction to judge independently."""

COMBINING = 0.4
"""Weight of the own answer under an instruction to build on others' answers."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The content of a message: an answer, a verdict, or else advice."""

    answer: str
    key: str
    verdict: Verdict | None
    advice: frozenset[Feature]
    tokens: int


def opinion(text: str) -> Opinion:
    """Reads a message. One without an answer is read as advice, like instructions."""
    stated = answer(text)
    return Opinion(
        answer=stated,
        key=normalise(stated),
        verdict=verdict(text),
        advice=frozenset() if stated else read(text[:_ADVICE]).features - {"abstain"},
        tokens=tokens_of(len(text)),
    )


def settled_answer(it: Situation, heard: Sequence[Opinion], previous: Opinion) -> str:
    """A model's answer after other agents' messages.

    Its own fresh answer, its previous one and those of other agents compete by weight. Each message
    is understood with probability γ(length). Faults that the model or a critic finds take weight
    away; no check is perfect. Unchecked errors travel: without a prompt that asks for
    checking few are found, and a wrong message misleads (error amplification is largest among
    agents without a checker; "Towards a science of scaling agent systems", 2025).
    """
    understood = [
        what
        for number, said in enumerate(heard)
        if (what := _taken_in(it, number, said)) is not None
    ]
    checks = asked_to_check(it)
    doubted = {
        key: finds_fault(it, key, checks)
        for key in {said.key for said in (*understood, previous) if said.answer}
    }
    fresh = own_answer(it, _help(it, understood, previous, doubted))
    stated = {said.key: said.answer for said in (*understood, previous) if said.answer}
    if not stated:
        return fresh
    own = normalise(fresh)
    weights = _weights(it, own, understood, previous)
    for key, factor in _judged(it, understood, previous, doubted).items():
        if key in weights:
            weights[key] *= factor
    winner = max(weights, key=lambda key: (weights[key], key == own, key))
    return fresh if winner == own else stated[winner]


def _taken_in(it: Situation, number: int, said: Opinion) -> Opinion | None:
    """The understood content of a message, if any.

    With probability γ(length) it is understood. If not, it leaves an open question as it was;
    where there are two possible answers, one of them is taken from it by chance, so that the
    message keeps γ of its bias (budgeted multi-agent synergy).
    """
    if it.noise.uniform(f"hear {number}") < fidelity(it, said.tokens):
        return said
    if not said.answer or len(it.wrong) > 1:
        return None
    right = it.noise.uniform(f"mishear {number}") < 0.5
    guess = it.question.answer if right else it.wrong[0]
    return replace(said, answer=guess, key=normalise(guess))


def _help(
    it: Situation, understood: Sequence[Opinion], previous: Opinion, doubted: dict[str, bool]
) -> Help:
    """The understood work, criticism and advice of other agents."""
    work = [said for said in understood if said.answer and said.verdict is None]
    margin = (
        _echo(it, work, doubted) + _division(it, len(work)) + _feedback(it, understood, previous)
    )
    return Help(margin, frozenset().union(*(said.advice for said in understood)))


def _weights(
    it: Situation, own: str, understood: Sequence[Opinion], previous: Opinion
) -> dict[str, float]:
    """Conformity: the weights of the fresh answer, of each peer and of the previous answer."""
    combining = "combine" in it.reading.features and bool(understood)
    weights = {own: COMBINING if combining else 1.0}
    if previous.answer:
        weights[previous.key] = weights.get(previous.key, 0.0) + it.profile.inertia
    independent = "independent" in it.reading.features
    say = it.profile.conformity * (_INDEPENDENT if independent else 1.0)
    for said in understood:
        if said.answer:
            weights[said.key] = weights.get(said.key, 0.0) + say
    return weights


def _judged(
    it: Situation,
    understood: Sequence[Opinion],
    previous: Opinion,
    doubted: dict[str, bool],
) -> dict[str, float]:
    """The factors by which checks and verdicts change the weight of answers."""
    trust = it.profile.trust
    factors = {key: 1 - trust for key, fault in doubted.items() if fault}
    for said in understood:
        if said.verdict is None:
            continue
        work = {other.key for other in understood if other.verdict is None}
        for key in {previous.key} if previous.answer else work:
            change = 1 - trust if said.verdict == "revise" else 1 + trust
            factors[key] = factors.get(key, 1.0) * change
    return factors


def _echo(it: Situation, work: Sequence[Opinion], doubted: dict[str, bool]) -> float:
    """The effect of peers' reasoning: right one helps, undetected wrong one misleads."""
    believed = [said for said in work if not doubted[said.key]]
    if not believed:
        return 0.0
    right = sum(said.key == it.question.truth for said in believed)
    return it.domain.echo * (2 * right - len(believed)) / len(believed)


def _division(it: Situation, contributions: int) -> float:
    """The effect of working on others' partial results.

    Sequential tasks were measured to lose 39 to 70 % when split over agents, parallel ones to
    gain up to 80 %, and tool-heavy ones to pay for coordination with every further agent.
    """
    sign = {"plain": 0, "sequential": -1, "parallel": 1, "tools": -1}[it.domain.kind]
    several = contributions if it.domain.kind == "tools" else log2(1 + contributions)
    return sign * it.domain.division * min(several, 4.0)


def _feedback(it: Situation, heard: Sequence[Opinion], previous: Opinion) -> float:
    """The gain of justified criticism."""
    criticised = previous.answer and any(said.verdict == "revise" for said in heard)
    return it.landscape.feedback if criticised and previous.key != it.question.truth else 0.0
