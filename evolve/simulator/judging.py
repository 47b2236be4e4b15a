"""Critics' verdicts and judges' choices."""

from collections.abc import Sequence
from math import log2

from evolve.answers.reading import normalise
from evolve.simulator.answering import own_answer
from evolve.simulator.checking import finds_fault
from evolve.simulator.peers import Opinion
from evolve.simulator.situation import Situation
from evolve.simulator.stated import Verdict

_AGREEMENT, _OWN, _FAULT, _MOOD = 1.0, 0.5, 1.6, 0.3
"""A judge's weights: of the log of votes, its own solution, a fault found, and noise."""


def review(it: Situation, heard: Sequence[Opinion]) -> tuple[Verdict, str]:
    """A critic's verdict on the work it reads, and its own answer.

    It judges the most frequent answer of the work. Work without an answer is rejected.
    """
    keys = [said.key for said in heard if said.answer and said.verdict is None]
    if not keys:
        return "revise", ""
    most = max(sorted(set(keys)), key=keys.count)
    if not finds_fault(it, most, asked=True):
        return "approved", ""
    instead = own_answer(it)
    return "revise", "" if normalise(instead) == most else instead


def mark(it: Situation, answer: str, marks: Sequence[int]) -> int:
    """The mark for an answer: a low one where it finds a fault, the best where it does not.

    An answer that it cannot read gets the worst mark.

    Args:
        it: The situation with the question.
        answer: The answer to mark, perhaps within a fence.
        marks: The possible marks, the worst first.
    """
    given = normalise(answer.strip("`\n "))
    if not given:
        return marks[0]
    if finds_fault(it, given, asked=True):
        return marks[int(it.noise.uniform("marks") * len(marks) / 3)]
    return marks[-1]


def choice(it: Situation, candidates: Sequence[Opinion]) -> int:
    """The number, from 1, of the candidate that a judge picks.

    It checks each distinct answer and solves the task itself, so it beats counting votes where
    errors cluster, and is no better than its own skill at checking.
    """
    own = normalise(own_answer(it))
    keys = [candidate.key for candidate in candidates]
    scores = {"": float("-inf")}
    for key in {key for key in keys if key}:
        scores[key] = (
            _AGREEMENT * log2(keys.count(key))
            + _OWN * (key == own)
            - _FAULT * finds_fault(it, key, asked=True)
            + _MOOD * it.noise.normal(f"mood {key}")
        )
    return 1 + keys.index(max(keys, key=lambda key: (scores[key], key)))
