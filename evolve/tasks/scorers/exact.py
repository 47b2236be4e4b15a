"""Whether the answer is the truth, spelling aside."""

import json
import re

from archive.records import Score
from evolve.answers.reading import normalise
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import verdict_of
from evolve.tasks.truths import alternatives, shown

_ITEM_MARK = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+", re.MULTILINE)


class Exact(Scorer):
    """1 if answer and truth are equal, case, spacing, outer punctuation, number format aside.

    The order of keys in JSON and the marks of list items do not count either. A truth that is a
    list holds several accepted answers.
    """

    def check(self, answer: object) -> str:
        """A truth has to be a text, a number, or a list of accepted ones."""
        return "" if alternatives(answer) else "expected a text, a number, or a list of these"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares normalised texts."""
        accepted = alternatives(task.answer) or (str(task.answer),)
        right = any(_same(str(truth), answer) for truth in accepted)
        return verdict_of(right, shown(task.answer), answer)


def _same(truth: str, answer: str) -> bool:
    if normalise(truth) == normalise(answer):
        return True
    if "\n" in truth.strip():
        truth, answer = (_ITEM_MARK.sub("", text) for text in (truth, answer))
        if normalise(truth) == normalise(answer):
            return True
    return truth.lstrip()[:1] in ("{", "[") and _same_json(truth, answer)


def _same_json(truth: str, answer: str) -> bool:
    try:
        return bool(json.loads(truth) == json.loads(answer))
    except (ValueError, RecursionError):
        return False
