"""Which routes are open on a task: by a router's choice, by rules, or by learned scores."""

import re
from collections.abc import Sequence

from evolve.answers.reading import extract
from evolve.runtime.links import Route
from search_spaces.routes import task_features

_NUMBER = re.compile(r"(?<![\d.,-])\d{1,3}(?![\d.]*\d)")


def open_ways(ways: Sequence[Route], task: str, reply: str) -> set[int]:
    """The nodes whose routes a router opens.

    Args:
        ways: The routes of the router.
        task: The task's text.
        reply: The router's reply; rules on the task do not need it.
    """
    chosen = [way for way in ways if way.opening.kind == "choice"]
    opened = {chosen[number - 1].target for number in picked(reply, len(chosen))}
    for way in ways:
        if way.opening.kind == "task" and way.opening.found_in(task):
            opened.add(way.target)
        if way.opening.kind == "output" and way.opening.found_in(reply):
            opened.add(way.target)
    if (best := _best_scored(ways, task)) is not None:
        opened.add(best)
    if not opened:
        opened = {way.target for way in ways if way.opening.kind == "else"}
    return opened


def picked(reply: str, options: int) -> list[int]:
    """The numbers from 1 to ``options`` that an answer consists of; none if one is beyond them."""
    if not options:
        return []
    numbers = [int(number) for number in _NUMBER.findall(extract(reply))]
    return numbers if all(1 <= number <= options for number in numbers) else []


def _best_scored(ways: Sequence[Route], task: str) -> int | None:
    scored = [(way.opening.learned, way.target) for way in ways if way.opening.learned]
    if not scored:
        return None
    features = task_features(task)
    # Of equal scores the first in canonical order wins.
    return max(scored, key=lambda each: (each[0].score(features), -each[1]))[1]
