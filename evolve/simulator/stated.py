"""Parses what a message states: an answer, or a verdict on one."""

import re
from typing import Literal

from evolve.answers import reading as answers

Verdict = Literal["approved", "revise"]

_TAIL = 2_000
"""Characters at a text's end that are searched for answers and verdicts."""

_CORRECTION = re.compile(r"\bI get (.{1,80}?) instead\b")
_FOUND_WRONG = re.compile(r"\b(?:went wrong|does not hold|cannot be right)\b")


def answer(text: str) -> str:
    """The answer that a text states, or else its correction; empty if none."""
    tail = text[-_TAIL:]
    if marked := answers.extract_marked(tail):
        return marked
    corrections = _CORRECTION.findall(tail)
    return str(corrections[-1]) if corrections else ""


def verdict(text: str) -> Verdict | None:
    """The verdict that a text gives, or the one that it implies by stating an error."""
    tail = text[-_TAIL:]
    given = answers.verdict(tail)
    if given == "approved":
        return "approved"
    implied = _FOUND_WRONG.search(tail) and not answers.extract_marked(tail)
    return "revise" if given or implied else None
