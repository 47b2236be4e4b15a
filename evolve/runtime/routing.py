"""Which ways are open on a task: what a router says, what rules find, what was learned."""

import re
from collections.abc import Sequence

from evolve.answers import extract
from evolve.runtime.directing import Route
from search_spaces.routes import task_features

_NUMBER = re.compile(r"(?<![\d.,-])\d{1,3}(?![\d.]*\d)")


def open_ways(ways: Sequence[Route], task: str, said: str) -> set[int]:
    """Whom a router lets work, by their seats.

    Args:
        ways: What the router may open.
        task: The task's text.
        said: What the router said; rules on the task need nothing of it.
    """
    chosen = [way for way in ways if way.opening.kind == "choice"]
    opened = {chosen[number - 1].target for number in picked(said, len(chosen))}
    for way in ways:
        if way.opening.kind == "task" and way.opening.found_in(task):
            opened.add(way.target)
        if way.opening.kind == "output" and way.opening.found_in(said):
            opened.add(way.target)
    if (best := _best_scored(ways, task)) is not None:
        opened.add(best)
    if not opened:
        opened = {way.target for way in ways if way.opening.kind == "else"}
    return opened


def picked(said: str, options: int) -> list[int]:
    """The numbers from 1 to ``options`` that an answer consists of; none if one is beyond them."""
    if not options:
        return []
    numbers = [int(number) for number in _NUMBER.findall(extract(said))]
    return numbers if all(1 <= number <= options for number in numbers) else []


def _best_scored(ways: Sequence[Route], task: str) -> int | None:
    scored = [(way.opening.learned, way.target) for way in ways if way.opening.learned]
    if not scored:
        return None
    features = task_features(task)
    # Of equal scores the first in canonical order wins.
    return max(scored, key=lambda each: (each[0].score(features), -each[1]))[1]
