"""Monte Carlo tree search over edits: from a seed down the lineage, with values backed up.

A node's value is the mean of the posterior means of all that descend from it, itself included; its
visits are their number. A step down takes the child with the highest value + c·√(ln N / n) (Kocsis
and Szepesvári, 2006). A node is grown while it has fewer than k·N^a children (progressive widening,
Coulom, 2007).
"""

from collections.abc import Mapping, Sequence
from math import log, sqrt

from pydantic import Field

from archive import lineage
from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection


class Uct(Selection):
    """Descends the tree of first parents by upper confidence bounds."""

    exploration: float = Field(default=0.2, ge=0, description="c: weight of uncertainty.")
    widening: float = Field(default=1.0, gt=0, description="k: how soon a node gets children.")
    growth: float = Field(default=0.5, ge=0, le=1, description="a: how fast it may get more.")

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        tree, left = Tree(turn.view, pool), list(pool)
        first = turn.view.candidates[self._leaf(tree, turn)]
        others = [each for each in left if each.number != first.number]
        return [first, *turn.rng.sample(others, min(count - 1, len(others)))]

    def _leaf(self, tree: "Tree", turn: Turn) -> int:
        here = self._best(tree, tree.roots, sum(tree.visits[root] for root in tree.roots), turn)
        while below := tree.children.get(here):
            if len(below) < self.widening * tree.visits[here] ** self.growth:
                return here
            here = self._best(tree, below, tree.visits[here], turn)
        return here

    def _best(self, tree: "Tree", nodes: Sequence[int], total: int, turn: Turn) -> int:
        shuffled = turn.rng.sample(list(nodes), len(nodes))  # ties are broken at random

        def bound(node: int) -> float:
            doubt = sqrt(log(max(total, 1)) / tree.visits[node])
            return tree.values[node] + self.exploration * doubt

        return max(shuffled, key=bound)


class Tree:
    """First parents and their children within the pool, with backed-up values."""

    def __init__(self, view: ArchiveView, pool: Sequence[Candidate]) -> None:
        """Attaches every candidate of the pool to its nearest ancestor in the pool."""
        parents_of = {c.number: [p.candidate for p in c.parents[:1]] for c in view.candidates}
        here = {candidate.number for candidate in pool}
        parents: dict[int, list[int]] = {}
        for number in here:
            above = [each for each in lineage.path(parents_of, number)[:-1] if each in here]
            parents[number] = above[-1:]
        self.children: Mapping[int, Sequence[int]] = lineage.children(parents)
        self.roots = sorted(number for number, above in parents.items() if not above)
        self.visits = dict.fromkeys(parents, 0)
        self.values = dict.fromkeys(parents, 0.0)
        for number in sorted(parents):
            for node in lineage.path(parents, number):
                self.visits[node] += 1
                self.values[node] += float(view.mean[number])
        for node, visits in self.visits.items():
            self.values[node] /= visits
