"""Whether the answer names the right option of a multiple choice."""

import re

from archive.records import Score
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of

_ALONE = re.compile(
    r"\W*(?:(?:option|choice|answer)\W+)?([A-Z])(?:\W*|[).:,].*|\s+[-–:].*)", re.I | re.S
)
_IN_PARENTHESES = re.compile(r"\(([A-Z])\)", re.I)
_NAMED = re.compile(r"\b(?i:option|choice|answer(?:\s+is)?)\s+([A-Z])\b")


class Choice(Scorer):
    """1 if answer and truth name the same letter, as in B, (b), 'B) Paris' or 'option B'."""

    def check(self, answer: object) -> str:
        """A truth has to name a letter."""
        return "" if isinstance(answer, str) and letter(answer) else "expected a letter such as B"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares letters."""
        given = letter(answer)
        why = "" if given else "names no one option"
        return verdict_of(given == letter(task.answer), task.answer, answer, why)


def letter(text: str) -> str:
    """The option that a text names, as a capital letter; empty if none, or more than one."""
    if alone := _ALONE.fullmatch(text.strip()):
        return alone[1].upper()
    named = {found.upper() for found in _IN_PARENTHESES.findall(text) or _NAMED.findall(text)}
    return named.pop() if len(named) == 1 else ""
