"""Candidates for the tests of parts, with parents and standings."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random

from archive.records import Candidate, Parent
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection
from search_spaces.config import Agent, SystemConfig
from search_spaces.edits import SetPrompt, apply
from tests.evolve.strategies.searches import MODELS, SPACE, view_of


def system(prompt: str = "") -> SystemConfig:
    return SystemConfig(agents=(Agent(name="solver", prompt=prompt),))


def seed(number: int) -> Candidate:
    return Candidate(number=number, config=system(f"Seed {number}."), operator="seed")


def child(number: int, parent: Candidate, prompt: str, operator: str = "edit") -> Candidate:
    edits = (SetPrompt(agent="solver", prompt=prompt),)
    return Candidate(
        number=number,
        config=apply(parent.config, edits),
        operator=operator,
        parents=(Parent(candidate=parent.number, edits=edits),),
    )


def seen(means: Sequence[float], *children: tuple[int, int]) -> ArchiveView:
    """Seeds, some of which are children of others instead: (child, parent)."""
    candidates: list[Candidate] = []
    of = dict(children)
    for number in range(len(means)):
        made = child(number, candidates[of[number]], f"{number}") if number in of else seed(number)
        candidates.append(made)
    return view_of(SPACE, candidates, list(means))


def drawn(
    selection: Selection, view: ArchiveView, times: int = 400, count: int = 1
) -> Counter[tuple[int, ...]]:
    """How often each set of parents is drawn from all candidates."""
    found: Counter[tuple[int, ...]] = Counter()
    for number in range(times):
        turn = Turn(view, MODELS, Random(number))
        parents = asyncio.run(selection.parents(turn, view.evaluated, count))
        found[tuple(each.number for each in parents)] += 1
    return found


def share(found: Counter[tuple[int, ...]], number: int) -> float:
    """How often a candidate was drawn first."""
    return sum(n for who, n in found.items() if who[:1] == (number,)) / sum(found.values())
