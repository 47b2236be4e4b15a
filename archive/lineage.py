"""Lineage of candidates, and the gains of edits.

The graph functions work on any mapping from a child to its parents: numbers within a run from
`Reader.parents`, or content ids across runs from `across_runs`.
"""

import math
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from archive.records import Candidate, Standing
from search_spaces.config import SystemConfig
from search_spaces.edits import Edits, apply
from search_spaces.errors import EditError

K = TypeVar("K", bound=Hashable)
Parents: TypeAlias = Mapping[K, Sequence[K]]
"""The parents of each child; a seed has none, or is not in it."""


class Gain(NamedTuple):
    """The gain of edits: the child's posterior mean minus the parent's, with its deviation.

    The deviation treats the two as independent, which overstates it for relatives.
    """

    parent: int
    child: int
    edits: Edits
    mean: float
    deviation: float

    def helped(self, certainty: float = 1.0) -> bool:
        """Whether the gain is above zero by that many deviations."""
        return self.mean > certainty * self.deviation


class Place(NamedTuple):
    """A candidate of some run."""

    run: str
    candidate: int


def ancestors(parents: Parents[K], child: K) -> list[K]:
    """The ancestors of a candidate, nearest generation first."""
    return list(_reached(parents, child))


def descendants(parents: Parents[K], ancestor: K) -> list[K]:
    """The descendants of a candidate, nearest generation first."""
    return list(_reached(children(parents), ancestor))


def children(parents: Parents[K]) -> dict[K, list[K]]:
    """The children of each parent, in the order of the mapping."""
    found: dict[K, list[K]] = {}
    for child, those in parents.items():
        for parent in dict.fromkeys(those):
            found.setdefault(parent, []).append(child)
    return found


def path(parents: Parents[K], child: K) -> list[K]:
    """The path from a seed to a candidate along first parents, both included."""
    way = [child]
    while (those := parents.get(way[-1])) and those[0] not in way:
        way.append(those[0])
    return way[::-1]


def tree(parents: Parents[K], only: Iterable[K] | None = None) -> Iterator[tuple[int, K]]:
    """Candidates under their first parents, depth first, each with its depth from 0.

    Args:
        parents: The parents of each candidate.
        only: The candidates to list; children of a parent that is not listed become roots.
    """
    shown = dict.fromkeys(parents if only is None else only)
    under: dict[K, list[K]] = {}
    roots: list[K] = []
    for child in shown:
        those = parents.get(child, ())
        (under.setdefault(those[0], []) if those and those[0] in shown else roots).append(child)
    waiting = [(0, root) for root in reversed(roots)]
    while waiting:
        depth, here = waiting.pop()
        yield depth, here
        waiting += [(depth + 1, child) for child in reversed(under.get(here, []))]


def gains(candidates: Sequence[Candidate], standings: Iterable[Standing]) -> list[Gain]:
    """The gains of all edits between evaluated candidates, the greatest first."""
    known = {standing.candidate: standing for standing in standings if standing.evaluations}
    found = []
    for candidate in candidates:
        for parent in candidate.parents:
            before, after = known.get(parent.candidate), known.get(candidate.number)
            if before is not None and after is not None:
                mean = after.mean - before.mean
                deviation = math.hypot(after.deviation, before.deviation)
                gain = Gain(parent.candidate, candidate.number, parent.edits, mean, deviation)
                found.append(gain)
    return sorted(found, key=lambda gain: (-gain.mean, gain.child, gain.parent))


def transplantable(
    candidates: Sequence[Candidate],
    standings: Iterable[Standing],
    onto: Candidate,
    certainty: float = 1.0,
) -> Iterator[tuple[Gain, SystemConfig]]:
    """Edits that helped on other branches and apply to a candidate, the greatest gain first.

    Args:
        candidates: Every candidate of the run.
        standings: Their standings.
        onto: The candidate to change; edits of its own ancestors are left out.
        certainty: As for `Gain.helped`.

    Yields:
        The gain on the other branch, and the configuration after the edits here.
    """
    family = {each.number: [parent.candidate for parent in each.parents] for each in candidates}
    own = {onto.number, *ancestors(family, onto.number)}
    made = {onto.id}
    for gain in gains(candidates, standings):
        if gain.child in own or not gain.helped(certainty):
            continue
        try:
            config = apply(onto.config, gain.edits)
        except EditError:
            continue
        if config.id not in made:
            made.add(config.id)
            yield gain, config


def across_runs(runs: Mapping[str, Sequence[Candidate]]) -> dict[str, list[str]]:
    """The parents of every configuration over several runs, by content id.

    A configuration that was reached several ways has the parents of all of them.
    """
    found: dict[str, list[str]] = {}
    for candidates in runs.values():
        ids = {candidate.number: candidate.id for candidate in candidates}
        for candidate in candidates:
            those = found.setdefault(candidate.id, [])
            near = [ids[parent.candidate] for parent in candidate.parents]
            those += [each for each in dict.fromkeys(near) if each not in (candidate.id, *those)]
    return found


def places(runs: Mapping[str, Sequence[Candidate]]) -> dict[str, list[Place]]:
    """Where each configuration was met, by content id."""
    found: dict[str, list[Place]] = {}
    for run, candidates in runs.items():
        for candidate in candidates:
            found.setdefault(candidate.id, []).append(Place(run, candidate.number))
    return found


def _reached(arrows: Parents[K], start: K) -> Iterator[K]:
    """All that arrows lead to, nearest first; ends even if they form a cycle."""
    seen, waiting = {start}, deque([start])
    while waiting:
        for there in arrows.get(waiting.popleft(), ()):
            if there not in seen:
                seen.add(there)
                waiting.append(there)
                yield there
