"""A canonical order for the vertices of a coloured, labelled directed graph.

Two isomorphic graphs get the same graph when their vertices are numbered in this order: colour
refinement, then individualisation of vertices that it cannot distinguish, keeping the smallest
certificate and pruning by automorphisms (McKay & Piperno, "Practical graph isomorphism,
II", 2014, section 2).
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

Edges = Mapping[tuple[int, int], str]
Certificate = list[tuple[int, int, str]]
Comparable = TypeVar("Comparable", int, tuple[Any, ...])

MAX_LEAVES = 2_000
"""Limit of the search for the smallest certificate; only contrived graphs come near it."""


def canonical_order(colours: Sequence[str], edges: Edges) -> list[int]:
    """Returns vertex indices in an order that does not depend on how vertices were numbered.

    Args:
        colours: The colour of each vertex.
        edges: The label of each edge, by its ordered pair of vertices.
    """
    return _Search(len(colours), edges).run(_without_twins(colours, edges))


class _Search:
    def __init__(self, size: int, edges: Edges) -> None:
        self.size = size
        self.edges = edges
        self.outgoing: list[list[tuple[str, int]]] = [[] for _ in range(size)]
        self.incoming: list[list[tuple[str, int]]] = [[] for _ in range(size)]
        for (source, target), label in edges.items():
            self.outgoing[source].append((label, target))
            self.incoming[target].append((label, source))
        self.best: tuple[Certificate, list[int], tuple[int, ...]] | None = None
        self.automorphisms: list[list[int]] = []
        self.leaves = 0

    def run(self, colours: list[int]) -> list[int]:
        self._visit(colours, ())
        assert self.best is not None
        return self.best[1]

    def _visit(self, colours: list[int], path: tuple[int, ...]) -> int:
        """Explores one node of the search tree; returns the depth to continue at."""
        colours = self._refine(colours)
        cell = self._first_cell(colours)
        if not cell:
            return self._leaf(colours, path)
        tried: list[int] = []
        for vertex in cell:
            if self.leaves >= MAX_LEAVES or self._equivalent(vertex, tried, path):
                continue
            tried.append(vertex)
            individualised = [2 * colour + 1 for colour in colours]
            individualised[vertex] -= 1
            depth = self._visit(individualised, (*path, vertex))
            if depth < len(path):
                return depth
        return len(path)

    def _leaf(self, colours: list[int], path: tuple[int, ...]) -> int:
        self.leaves += 1
        certificate = sorted(
            (colours[s], colours[t], label) for (s, t), label in self.edges.items()
        )
        order = sorted(range(self.size), key=colours.__getitem__)
        if self.best is None or certificate < self.best[0]:
            self.best = certificate, order, path
        elif certificate == self.best[0]:
            mapping = [0] * self.size
            for here, there in zip(order, self.best[1], strict=True):
                mapping[here] = there
            self.automorphisms.append(mapping)
            # The whole branch mirrors the best one: continue where the two diverge.
            shared = zip(path, self.best[2], strict=False)
            return next((depth for depth, (a, b) in enumerate(shared) if a != b), len(path))
        return len(path)

    def _refine(self, colours: list[int]) -> list[int]:
        """Distinguishes vertices by the colours of their neighbours, until nothing changes."""
        colours = _ranks(colours)
        while True:
            signatures = [
                (
                    colours[vertex],
                    tuple(sorted((label, colours[to]) for label, to in self.outgoing[vertex])),
                    tuple(sorted((label, colours[to]) for label, to in self.incoming[vertex])),
                )
                for vertex in range(self.size)
            ]
            refined = _ranks(signatures)
            if refined == colours:
                return colours
            colours = refined

    def _first_cell(self, colours: list[int]) -> list[int]:
        cells: dict[int, list[int]] = {}
        for vertex, colour in enumerate(colours):
            cells.setdefault(colour, []).append(vertex)
        return next((cells[colour] for colour in sorted(cells) if len(cells[colour]) > 1), [])

    def _equivalent(self, vertex: int, tried: list[int], path: tuple[int, ...]) -> bool:
        """Whether a known automorphism that keeps the path maps the vertex to a tried one."""
        orbit, frontier = {vertex}, [vertex]
        steps = [a for a in self.automorphisms if all(a[fixed] == fixed for fixed in path)]
        while frontier:
            here = frontier.pop()
            for automorphism in steps:
                for there in (automorphism[here], automorphism.index(here)):
                    if there not in orbit:
                        orbit.add(there)
                        frontier.append(there)
        return not orbit.isdisjoint(tried)


def _ranks(values: Sequence[Comparable]) -> list[int]:
    position = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return [position[value] for value in values]


def _without_twins(colours: Sequence[str], edges: Edges) -> list[int]:
    """Numbers vertices that can be swapped; any numbering of them gives the same graph."""
    families: dict[str, list[list[int]]] = {}
    numbered: list[tuple[str, int]] = []
    for vertex, colour in enumerate(colours):
        alike = families.setdefault(colour, [])
        family = next((twins for twins in alike if _swappable(twins[0], vertex, edges)), None)
        if family is None:
            alike.append(family := [])
        numbered.append((colour, len(family)))
        family.append(vertex)
    return _ranks(numbered)


def _swappable(a: int, b: int, edges: Edges) -> bool:
    swap = {a: b, b: a}
    return all(
        edges.get((swap.get(source, source), swap.get(target, target))) == label
        for (source, target), label in edges.items()
        if source in swap or target in swap
    )
