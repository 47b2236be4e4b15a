"""Tree search over the lineage: the most promising branch gets a task or a new child.

UCT (Kocsis & Szepesvári, "Bandit based Monte-Carlo planning", 2006): descend from the seeds by
upper confidence bounds of values backed up along the lineage. Progressive widening (Coulom,
"Computing Elo ratings of move patterns", 2007): a node visited n times may have
``factor · n^exponent`` children; a proposal is made at a node that has fewer. The strategy chooses
its parent.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evolve.allocators._cells import open_pairs
from evolve.allocators._widening import Widening
from evolve.allocators.base import Choice, Evaluate, InFlight, Propose
from evolve.standings import Floats, Standings


class Uct(Widening):
    """Descends the lineage to a candidate and buys a task for it, or asks for a new child."""

    exploration: float = Field(default=0.5, ge=0, description="The weight of a bound's width.")
    minimum: int = Field(default=4, ge=1, description="Tasks before a candidate can have children.")

    def next(
        self,
        standings: Standings,
        in_flight: InFlight,
        can_propose: bool,
        slots: int,
        rng: Random,
    ) -> list[Choice]:
        """See `Allocator.next`."""
        free = open_pairs(standings, in_flight, self.trials)
        tree = _Tree(standings, in_flight, np.asarray(free.any(axis=1)))
        choices: list[Choice] = []
        proposing = in_flight.proposals > 0
        while len(choices) < slots and tree.open[-1]:
            node = self._descend(tree, can_propose and not proposing)
            if node < 0:
                choices.append(Propose("a promising branch has few children"))
                proposing = True
                continue
            task = int(np.argmax(free[node]))
            free[node, task] = False
            tree.visit(node, still_open=bool(free[node].any()))
            choices.append(Evaluate(node, task, "the tree search came here"))
        if can_propose and not choices and not proposing:
            choices.append(Propose("every candidate is evaluated"))
        return choices

    def _descend(self, tree: "_Tree", may_propose: bool) -> int:
        """The candidate to evaluate; −1 to propose instead."""
        node = len(tree.children) - 1
        while True:
            children = [child for child in tree.children[node] if tree.open[child]]
            own = tree.own_open[node]
            if own and tree.own[node] < self.minimum:
                return node
            wanted = self.factor * tree.visits[node] ** self.exponent
            if may_propose and tree.own[node] and len(tree.children[node]) < wanted:
                return -1
            if not children:
                return node
            reach = np.sqrt(np.log(tree.visits[node] + 1.0) / (tree.visits[children] + 1.0))
            bounds = tree.values[children] + self.exploration * reach
            best = int(np.argmax(bounds))
            if own:
                # The node itself competes with its children for the next task.
                reach_own = np.sqrt(np.log(tree.visits[node] + 1.0) / (tree.own[node] + 1.0))
                if tree.means[node] + self.exploration * reach_own >= bounds[best]:
                    return node
            node = children[best]


class _Tree:
    """The lineage by first parents, under one root; the root comes last."""

    def __init__(
        self, standings: Standings, in_flight: InFlight, own_open: NDArray[np.bool_]
    ) -> None:
        size = len(standings)
        self.parent = [line[0] if line else size for line in standings.parents] + [-1]
        self.children: list[list[int]] = [[] for _ in range(size + 1)]
        for child, parent in enumerate(self.parent[:-1]):
            self.children[parent].append(child)
        self.means: Floats = np.append(standings.mean, 0.0)
        self.own = np.append(standings.evaluations, 0).astype(np.float64)
        for candidate, _ in in_flight.pairs:
            self.own[candidate] += 1
        self.own_open = np.append(own_open, False)
        self.visits, totals = self.own.copy(), self.own * self.means
        self.open = self.own_open.copy()
        for node in range(size - 1, -1, -1):  # children come after their parents
            self.visits[self.parent[node]] += self.visits[node]
            totals[self.parent[node]] += totals[node]
            self.open[self.parent[node]] |= self.open[node]
        self.values = np.where(self.visits > 0, totals / np.maximum(self.visits, 1), self.means)

    def visit(self, node: int, still_open: bool) -> None:
        """Counts one more evaluation up to the root."""
        self.own[node] += 1
        self.own_open[node] = still_open
        while node >= 0:
            self.visits[node] += 1
            self.open[node] = self.own_open[node] or any(self.open[c] for c in self.children[node])
            node = self.parent[node]
