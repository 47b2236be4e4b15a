"""Conditions that open a route: words of the task or output, the router's choice, a learned score.

A condition is text, so that a configuration is plain data:

======================  ==========================================================================
*(nothing)*             the router is shown the targets and chooses
``task: sum, how many`` one of these words or phrases occurs in the task; ``#`` is any number
``output: algebra``     one of them occurs in the router's output
``score: 0.5, …``       the highest learned score of the router's scored routes; see `Learned`
``else``                no other route of the router is open
======================  ==========================================================================
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Annotated, Literal

from pydantic import AfterValidator

from search_spaces.text import tidy

OTHERWISE = "else"
FEATURES = ("always", "length", "figures", "question", "options", "code")
"""The features of a task for learned routes; see `task_features`."""

MAX_WORDS = 32
MAX_PHRASES = 6
"""Phrases of one rule that is found from examples."""
TELLING = 0.1
"""The share of a group's texts in which a phrase stands that may be part of its rule."""
PHRASE_WORDS = 400
"""Words of a text in which phrases are looked for."""
_SIZE = len(FEATURES)
_DOUBTS = _SIZE * (_SIZE + 1) // 2
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_OPTIONS = re.compile(r"^\s*(?:\(?[A-Ha-h][).]|[-*])\s", re.MULTILINE)
_CODE = re.compile(r"\bdef \w|\breturn\b|```|[{};]\s*$|==", re.MULTILINE)

Kind = Literal["choice", "task", "output", "score", "else"]


@dataclass(frozen=True, slots=True)
class Learned:
    """A learned score of a task: w·x plus √(x'Dx), an exploration bonus.

    That is the upper confidence bound of LinUCB (Li et al., "A contextual-bandit approach to
    personalized news article recommendation", 2010, algorithm 1, disjoint arms) with D = α²·A⁻¹.

    Attributes:
        weights: w, one for each of `FEATURES`.
        doubt: The lower triangle of D, row by row; empty once nothing is to be explored.
    """

    weights: tuple[float, ...]
    doubt: tuple[float, ...] = ()

    def score(self, features: Sequence[float]) -> float:
        """The score of a task with these features."""
        known = sum(w * x for w, x in zip(self.weights, features, strict=True))
        if not self.doubt:
            return known
        entries = iter(self.doubt)
        variance = 0.0
        for row in range(_SIZE):
            for column in range(row + 1):
                twice = 1 if row == column else 2
                variance += twice * next(entries) * features[row] * features[column]
        return known + sqrt(max(0.0, variance))

    def written(self) -> str:
        """The score as the text of a condition."""
        doubt = f" ± {_numbers(self.doubt)}" if self.doubt else ""
        return f"score: {_numbers(self.weights)}{doubt}"


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a route, read from its text."""

    kind: Kind
    words: tuple[str, ...] = ()
    learned: Learned | None = None

    def found_in(self, text: str) -> bool:
        """Whether one of the words occurs in the text; see `occurs`."""
        return occurs(self.words, text)


@lru_cache(maxsize=4096)
def opening(condition: str) -> Opening:
    """Reads a condition.

    Raises:
        ValueError: It is not a condition; the message names the forms.
    """
    if not condition:
        return Opening("choice")
    if condition.casefold() == OTHERWISE:
        return Opening("else")
    kind, colon, rest = condition.partition(":")
    kind = kind.strip().casefold()
    if colon and kind in ("task", "output"):
        words = sorted({" ".join(word.casefold().split()) for word in rest.split(",")} - {""})
        fits = 1 <= len(words) <= MAX_WORDS and all(map(numbered_words, words))
        if not fits:
            raise ValueError(f"`when: {kind}: …` takes 1 to {MAX_WORDS} words, with commas between")
        return Opening("task" if kind == "task" else "output", tuple(words))
    if colon and kind == "score":
        return Opening("score", learned=_learned(rest))
    raise ValueError(
        f"`when` is {condition!r:.60}; expected 'task: words', 'output: words', 'score: numbers', "
        "'else', or nothing, so that the router chooses"
    )


def is_certain(condition: str) -> bool:
    """Whether the route can open for any task: by choice, by score or as ``else``."""
    return opening(condition).kind in ("choice", "score", "else")


def task_features(text: str) -> tuple[float, ...]:
    """The features of a task, each 0 to 1, in the order of `FEATURES`.

    Length saturates at 2,000 characters and the count of numbers at 10, which bounds outliers.
    """
    return (
        1.0,
        min(1.0, len(text) / 2000),
        min(1.0, len(_DIGITS.findall(text)) / 10),
        float("?" in text),
        float(_OPTIONS.search(text) is not None),
        float(_CODE.search(text) is not None),
    )


def telling_phrases(texts: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Phrases that tell the texts of some groups from all others, for rules on the task.

    A phrase of a group stands in at least `TELLING` of its texts and in none of another group.
    Groups are covered greedily, the phrase that finds most texts first; of equals words rather
    than numbers, then few and long words. Numbers are `#`, because other texts have other ones.

    Args:
        texts: The texts of each group, by its name.

    Returns:
        Up to `MAX_PHRASES` phrases for each group that they cover wholly; empty where fewer than
        all groups but one are covered.
    """
    plain = {name: [f" {numbered_words(text)} " for text in group] for name, group in texts.items()}
    found = {name: _covering(name, plain) for name in plain}
    covered = {name: phrases for name, phrases in found.items() if phrases}
    return covered if len(covered) >= max(1, len(texts) - 1) else {}


def _covering(name: str, plain: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    own = plain[name]
    others = [text for group, texts in plain.items() if group != name for text in texts]
    times = Counter(phrase for text in own for phrase in _phrases(text))
    able = [phrase for phrase, count in times.items() if count >= TELLING * len(own)]
    able = [each for each in able if not any(f" {each} " in text for text in others)]
    left, chosen = list(own), list[str]()
    while left and len(chosen) < MAX_PHRASES:
        hits = {each: sum(f" {each} " in text for text in left) for each in able}
        best = min(able, key=lambda each: (-hits[each], *_length(each), each), default="")
        if not best or not hits[best]:
            return ()
        chosen.append(best)
        left = [text for text in left if f" {best} " not in text]
    return tuple(chosen) if not left else ()


def _length(phrase: str) -> tuple[bool, int, int]:
    """Whether it holds a number, its words, and its letters, many first: long words mean more."""
    return "#" in phrase, len(phrase.split()), -len(phrase)


def _phrases(text: str) -> set[str]:
    words = text.split()[:PHRASE_WORDS]
    return {
        " ".join(words[start : start + length])
        for length in range(1, 5)
        for start in range(len(words) - length + 1)
    }


def _tidied(condition: str) -> str:
    read = opening(tidy(condition))
    if read.learned:
        return read.learned.written()
    if read.words:
        return f"{read.kind}: {', '.join(read.words)}"
    return "" if read.kind == "choice" else OTHERWISE


Condition = Annotated[str, AfterValidator(_tidied)]
"""A condition in canonical form."""


def _learned(text: str) -> Learned:
    weights, _, doubt = text.partition("±")
    try:
        learned = Learned(_read(weights), _read(doubt) if doubt.strip() else ())
    except ValueError:
        learned = Learned(())
    if len(learned.weights) != _SIZE or len(learned.doubt) not in (0, _DOUBTS):
        raise ValueError(
            f"`when: score: …` takes {_SIZE} numbers ({', '.join(FEATURES)}), and perhaps "
            f"{_DOUBTS} more after ±"
        )
    return learned


def _read(text: str) -> tuple[float, ...]:
    numbers = tuple(float(number) for number in text.split(","))
    if not all(abs(number) < 1e6 for number in numbers):
        raise ValueError
    return numbers


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value + 0.0:.5g}" for value in values)


def occurs(phrases: Iterable[str], text: str) -> bool:
    """Whether one of some phrases occurs in a text, as whole words in any case; # is any number."""
    plain, numbered = f" {plain_words(text)} ", f" {numbered_words(text)} "
    return any(
        f" {numbered_words(phrase)} " in numbered
        if "#" in phrase
        else f" {plain_words(phrase)} " in plain
        for phrase in phrases
    )


def numbered_words(text: str) -> str:
    """The words of a text as `plain_words` gives them, with # for every number."""
    return " ".join(re.findall(r"#|\w+", re.sub(r"\d+(?:[.,]\d+)*", "#", text.casefold())))


def plain_words(text: str) -> str:
    """The words of a text with single spaces between, in lower case."""
    return " ".join(re.findall(r"\w+", text.casefold()))
