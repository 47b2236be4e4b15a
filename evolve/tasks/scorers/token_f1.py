"""How many words answer and truth share."""

import re
from collections import Counter

from archive.records import Score
from evolve.tasks.base import Scorer, Task
from evolve.tasks.feedback import quoted
from evolve.tasks.truths import alternatives, shown

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset(("a", "an", "the"))


class TokenF1(Scorer):
    """The harmonic mean of precision and recall over words, without case, punctuation, articles.

    As the F1 of SQuAD (Rajpurkar et al., 2016, arXiv:1606.05250, section 6.1): of several accepted
    answers, the best one counts.
    """

    @property
    def reads_texts(self) -> bool:
        """Always: answers may be sentences."""
        return True

    def check(self, answer: object) -> str:
        """A truth has to be a text, a number, or a list of accepted ones."""
        return "" if alternatives(answer) else "expected a text, a number, or a list of these"

    async def score(self, task: Task, answer: str) -> Score:
        """Compares bags of words."""
        given = _words(answer)
        accepted = alternatives(task.answer) or (str(task.answer),)
        value = max(f1(_words(str(truth)), given) for truth in accepted)
        truth = quoted(shown(task.answer))
        if value == 1:
            return Score(value=1.0, feedback=f"correct: {truth}")
        missed = f"expected {truth}, got {quoted(answer)} (F1 {value:.2f})"
        return Score(value=value, feedback=missed)


def f1(truth: Counter[str], given: Counter[str]) -> float:
    """F1 of two bags of words; two empty ones are equal."""
    if not truth and not given:
        return 1.0
    return 2 * (truth & given).total() / (truth.total() + given.total())


def _words(text: str) -> Counter[str]:
    words = Counter(_WORD.findall(text.casefold()))
    # A text of articles alone keeps them: 'A' may be the whole answer.
    return Counter({word: n for word, n in words.items() if word not in _ARTICLES}) or words
