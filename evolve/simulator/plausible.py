"""The plausible wrong answers of a question."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import log
from random import Random

from evolve.answers.reading import normalise

MOST = 12
"""The most wrong answers of a question."""

_NUMBER = re.compile(r"\d{1,18}")
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_NEAR = tuple((1, sign * by) for by in (1, 2, 3, 10) for sign in (1, -1))
_FAR = (
    *_NEAR,
    *_NEAR,
    *((1, sign * by) for by in (5, 12, 20, 100) for sign in (1, -1)),
    (2, 0),
    (10, 0),
)
"""Slips of a number: a factor and a difference."""

_SETS = tuple(
    tuple(names.split())
    for names in (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "January February March April May June July August September October November December",
        "A B C D E",
        "yes no",
        "Yes No",
        "true false",
        "True False",
        "valid invalid",
    )
)


def wrong_answers(question: str, answer: str, random: Random) -> tuple[str, ...]:
    """Distinct answers that look right and are not, the most tempting first; never none.

    Numbers are off by a little, by a factor or by a digit; names are replaced by others of the
    question or of their kind; other words lose, double or swap letters.
    """
    no_answer, truth = "", normalise(answer)
    found = {no_answer: "", truth: answer}
    for slip in islice(_slips(question, answer, random), 6 * MOST):
        found.setdefault(normalise(slip), slip)
        if len(found) == MOST + 2:
            break
    del found[no_answer], found[truth]
    return tuple(found.values()) or (f"not {answer}",)


def _slips(question: str, answer: str, random: Random) -> Iterator[str]:
    others = _others(question, answer, random)
    steps = _FAR if _NUMBER.fullmatch(answer) else _NEAR
    width = 2 if ":" in answer else 1
    if not _NUMBER.search(answer):
        yield from others
    while others == [] or _NUMBER.search(answer):
        if others and random.random() < 0.2:
            yield random.choice(others)
        elif _NUMBER.search(answer):
            off = partial(_off, random.choice(steps), width)
            yield _NUMBER.sub(off, answer, count=random.randint(1, 2))
        else:
            yield _misspelt(answer, random)


def _others(question: str, answer: str, random: Random) -> list[str]:
    """The answer with a name in it replaced by others of the same kind."""
    others: list[str] = []
    for name in _WORD.findall(answer):
        kind = next((names for names in _SETS if name in names), ())
        if not kind and name == answer and name.istitle():
            kind = tuple(sorted(set(_NAME.findall(question))))
        others += [answer.replace(name, other) for other in kind if other != name]
    random.shuffle(others)
    return others


def _off(step: tuple[int, int], width: int, number: "re.Match[str]") -> str:
    factor, difference = step
    return str(abs(int(number.group()) * factor + difference)).zfill(width)


def _misspelt(word: str, random: Random) -> str:
    at = random.randrange(max(1, len(word) - 1))
    return random.choice(
        (
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at : at + 1] + word[at:],
        )
    )


def tempting(wrong: tuple[str, ...], clustering: float, share: float) -> str:
    """The wrong answer that a uniform draw selects.

    Answers are geometrically less tempting, with the ratio at which two independent draws agree
    with probability ``clustering``: Σp² = (1 − r)/(1 + r). Measured: .14 (MATH) to .40 (GSM8K).

    Args:
        wrong: The wrong answers, the most tempting first.
        clustering: P(same wrong answer | two are wrong) where there are many to choose from.
        share: A uniform draw.
    """
    ratio = (1 - clustering) / (1 + clustering)
    below = 1 - share * (1 - ratio ** len(wrong))
    return wrong[min(int(log(below) / log(ratio)), len(wrong) - 1)]
