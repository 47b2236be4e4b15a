"""What opens a route: a rule on the task or on the router's words, its choice, or a learned score.

Written as a text, so that it is data wherever a configuration goes:

======================  ==========================================================================
*(nothing)*             the router is shown who could work, and chooses
``task: sum, how many`` one of these words or phrases stands in the task
``output: algebra``     one of them stands in what the router says
``score: 0.5, …``       the highest learned score of the router's scored routes; see `Learned`
``else``                no other route of the router is open
======================  ==========================================================================
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Annotated, Literal

from pydantic import AfterValidator

from search_spaces.text import tidy

OTHERWISE = "else"
FEATURES = ("always", "length", "figures", "question", "options", "code")
"""What a learned route knows of a task; see `task_features`."""

MAX_WORDS = 32
_SIZE = len(FEATURES)
_DOUBTS = _SIZE * (_SIZE + 1) // 2
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_OPTIONS = re.compile(r"^\s*(?:\(?[A-Ha-h][).]|[-*])\s", re.MULTILINE)
_CODE = re.compile(r"\bdef \w|\breturn\b|```|[{};]\s*$|==", re.MULTILINE)

Kind = Literal["choice", "task", "output", "score", "else"]


@dataclass(frozen=True, slots=True)
class Learned:
    """A learned score of a task: w·x, plus √(x'Dx) for what is not known yet.

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
        """The condition that says so."""
        doubt = f" ± {_numbers(self.doubt)}" if self.doubt else ""
        return f"score: {_numbers(self.weights)}{doubt}"


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a route, read from its text."""

    kind: Kind
    words: tuple[str, ...] = ()
    learned: Learned | None = None

    def found_in(self, text: str) -> bool:
        """Whether one of the words stands in the text, as whole words in any case."""
        plain = f" {_plain(text)} "
        return any(f" {_plain(word)} " in plain for word in self.words)


@lru_cache(maxsize=4096)
def opening(condition: str) -> Opening:
    """Reads a condition.

    Raises:
        ValueError: It is none; the message names the forms.
    """
    if not condition:
        return Opening("choice")
    if condition.casefold() == OTHERWISE:
        return Opening("else")
    kind, colon, rest = condition.partition(":")
    kind = kind.strip().casefold()
    if colon and kind in ("task", "output"):
        words = sorted({" ".join(word.casefold().split()) for word in rest.split(",")} - {""})
        if not words or len(words) > MAX_WORDS or not all(map(_plain, words)):
            raise ValueError(f"`when: {kind}: …` takes 1 to {MAX_WORDS} words, with commas between")
        return Opening("task" if kind == "task" else "output", tuple(words))
    if colon and kind == "score":
        return Opening("score", learned=_learned(rest))
    raise ValueError(
        f"`when` is {condition!r:.60}; expected 'task: words', 'output: words', 'score: numbers', "
        "'else', or nothing, so that the router chooses"
    )


def is_certain(condition: str) -> bool:
    """Whether a router with such a route always has a way: by choice, by score or otherwise."""
    return opening(condition).kind in ("choice", "score", "else")


def task_features(text: str) -> tuple[float, ...]:
    """What a learned route knows of a task, each 0 to 1, in the order of `FEATURES`.

    Length saturates at 2,000 characters and the count of numbers at 10, so that no task is far
    from all others.
    """
    return (
        1.0,
        min(1.0, len(text) / 2000),
        min(1.0, len(_DIGITS.findall(text)) / 10),
        float("?" in text),
        float(_OPTIONS.search(text) is not None),
        float(_CODE.search(text) is not None),
    )


def _tidied(condition: str) -> str:
    read = opening(tidy(condition))
    if read.learned:
        return read.learned.written()
    if read.words:
        return f"{read.kind}: {', '.join(read.words)}"
    return "" if read.kind == "choice" else OTHERWISE


Condition = Annotated[str, AfterValidator(_tidied)]
"""A condition in its one way of writing it."""


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


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
