"""Sealed tasks that training or validation tasks repeat, word for word or nearly so.

Near duplicates are found by the cosine of hashed character n-grams. The similarities are computed
in blocks, so memory does not grow with the product of the splits.
"""

import re
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from archive.records import Split
from evolve.audit.labels import same_truth
from evolve.models.embedders.hashed import Hashed, unit_rows
from evolve.tasks.base import Task
from evolve.tasks.repeated import same_text
from search_spaces.frozen import Frozen

NEAR = 0.9
"""The cosine from which two questions count as nearly the same."""

BLOCK = 2_000
"""Questions whose similarities are computed at once."""

MOST_PAIRS = 200_000_000
"""Pairs that are compared at most; with more, sealed tasks are sampled."""

_NUMBER = re.compile(r"\d+")


class Pair(Frozen):
    """A sealed task and the most similar one of another split."""

    sealed: str
    other: str
    split: Split
    similarity: float = Field(description="The cosine of their n-grams; 1: equal texts.")
    same_truth: bool = Field(description="Whether their truths are equal.")


class Duplicates(Frozen):
    """What sealed tasks have in common with those that a search sees."""

    sealed: int
    compared: int = Field(description="Sealed tasks that were searched for near duplicates.")
    equal: tuple[Pair, ...]
    near: tuple[Pair, ...] = Field(
        description="Nearly equal texts with equal truths, the most similar first."
    )
    alike: tuple[Pair, ...] = Field(
        description="Nearly equal texts with other truths: made from one template, or mislabelled."
    )


def duplicates_of(seen: Sequence[Task], sealed: Sequence[Task], rng: Random) -> Duplicates:
    """The duplicates of sealed tasks, at most one for each.

    Questions that differ in a number are different ones, however alike they are.

    Args:
        seen: Training and validation tasks.
        sealed: The sealed tasks.
        rng: Draws sealed tasks where there are too many to compare all of them.
    """
    by_text: dict[str, Task] = {}
    for task in seen:
        by_text.setdefault(same_text(task.input.text), task)
    equal, others = list[Pair](), list[Task]()
    for task in sealed:
        other = by_text.get(same_text(task.input.text))
        if other is None:
            others.append(task)
        else:
            equal.append(_pair(task, other, 1.0))
    most = max(1, MOST_PAIRS // max(1, len(seen)))
    compared = others if len(others) <= most else rng.sample(others, most)
    similar = [
        _pair(compared[row], seen[column], similarity)
        for row, (similarity, column) in enumerate(_nearest(seen, compared))
        if similarity >= NEAR
    ]
    similar.sort(key=lambda pair: -pair.similarity)
    return Duplicates(
        sealed=len(sealed),
        compared=len(equal) + len(compared),
        equal=tuple(equal),
        near=tuple(pair for pair in similar if pair.same_truth),
        alike=tuple(pair for pair in similar if not pair.same_truth),
    )


def _nearest(seen: Sequence[Task], sealed: Sequence[Task]) -> Iterator[tuple[float, int]]:
    """For each sealed task the highest similarity to a seen one with the same numbers, and which.

    Tasks with other numbers cannot be duplicates, so only those with equal ones are compared.
    """
    best = np.zeros(len(sealed))
    place = np.zeros(len(sealed), dtype=np.intp)
    codes: dict[tuple[str, ...], int] = {}
    theirs, ours = ([_code(task, codes) for task in tasks] for tasks in (sealed, seen))
    for first in range(0, len(seen), BLOCK):
        block = _rows(seen[first : first + BLOCK])
        numbers = np.array(ours[first : first + BLOCK])
        for row in range(0, len(sealed), BLOCK):
            part = slice(row, row + BLOCK)
            similar = _rows(sealed[part]) @ block.T
            similar[np.array(theirs[part])[:, None] != numbers[None, :]] = 0.0
            top = similar.argmax(axis=1)
            highest = similar[np.arange(len(top)), top]
            better = highest > best[part]
            best[part][better] = highest[better]
            place[part][better] = first + top[better]
    return zip(best.tolist(), place.tolist(), strict=True)


def _code(task: Task, codes: dict[tuple[str, ...], int]) -> int:
    """The same number for tasks with the same numbers in their text."""
    return codes.setdefault(tuple(sorted(_NUMBER.findall(task.input.text))), len(codes))


def _rows(tasks: Sequence[Task]) -> NDArray[np.float32]:
    hashed = Hashed()
    texts = [task.input.text for task in tasks]
    rows = unit_rows(texts, hashed.dimensions, hashed.shortest, hashed.longest)
    return rows.astype(np.float32)


def _pair(sealed: Task, other: Task, similarity: float) -> Pair:
    return Pair(
        sealed=sealed.input.id,
        other=other.input.id,
        split=other.split,
        similarity=min(1.0, round(similarity, 4)),
        same_truth=same_truth(sealed, other),
    )
