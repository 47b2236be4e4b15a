"""The labels among which the answers of training tasks are, if these are few and short."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from search_spaces.config import Demonstration
from search_spaces.routes import plain_words

MOST_LABELS = 20
MOST_WORDS = 3
"""Words of a label; longer answers are no labels."""

LEAST_OFTEN = 2
"""Training tasks that each label answers at least, if the questions do not name the labels."""

_ENDS = re.compile(r"[.:;?!()\n]")
_BETWEEN = re.compile(r"\s*(?:,|\bor\b|\band\b)\s*(?:(?:or|and)\s+)?(?:(?:an?|the)\s+)?")


def labels_in(examples: Sequence[Demonstration]) -> tuple[str, ...]:
    """The labels of training tasks; empty if their answers are no labels.

    Answers are labels if each of them answers several tasks, or if every question names all of
    them, as in "Is it good or bad?". What such a list of labels holds besides is a label, too.
    """
    answers = Counter(each.answer for each in examples)
    few = 2 <= len(answers) <= MOST_LABELS
    short = all(len(label.split()) <= MOST_WORDS and label.strip() for label in answers)
    if not (few and short):
        return ()
    if _are_named(tuple(answers), examples):
        listed = _listed_with(answers, examples[0].question)
        return tuple(sorted([*answers, *(e for e in listed if _are_named((e,), examples))]))
    return tuple(sorted(answers)) if min(answers.values()) >= LEAST_OFTEN else ()


def _are_named(labels: Sequence[str], examples: Sequence[Demonstration]) -> bool:
    """Whether every label stands in every question."""
    questions = [f" {plain_words(each.question)} " for each in examples]
    words = [f" {plain_words(label)} " for label in labels]
    return all(word in question for question in questions for word in words)


def _listed_with(labels: Iterable[str], question: str) -> list[str]:
    """What else stands in the list of a question that holds all labels, from the first one on."""
    names = {plain_words(label) for label in labels}
    for part in _ENDS.split(question):
        items = [each.strip() for each in _BETWEEN.split(part)]
        named = [_label_at_end(plain_words(item), names) for item in items]
        if names <= set(named):
            first = next(place for place, name in enumerate(named) if name)
            rest = zip(items[first:], named[first:], strict=True)
            return [i for i, name in rest if not name and 1 <= len(i.split()) <= MOST_WORDS]
    return []


def _label_at_end(item: str, names: Iterable[str]) -> str:
    """The label that an item of a list is or ends with, as in "one of sports"; empty: none."""
    return next((name for name in names if f" {item}".endswith(f" {name}")), "")
