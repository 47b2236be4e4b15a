"""Joins two branches: the changes of both since their common ancestor.

The partner is the one that complements the first parent best: over the tasks, the mean of the
better of the two (per-task winners of two branches joined, as GEPA's merge, Agrawal et al., 2025).
"""

from collections.abc import Sequence

import numpy as np

from archive import lineage
from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn, eligible_parents
from evolve.strategies.parts.believed import believed
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.operators import merge

PARTNERS = 30
"""Among how many of the best a partner is looked for."""


class Merge(Proposer):
    """Joins a parent with the branch that complements it best on single tasks."""

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        (parent,), view = parents, turn.view
        partners = self._partners(view, parent)
        if not partners:
            return None
        scores = believed(view, [parent, *partners])
        together = np.maximum(scores[0], scores[1:]).mean(axis=1)
        order = np.argsort(-together, kind="stable")
        partner = partners[int(order[min(int(turn.rng.expovariate(1.0)), len(order) - 1)])]
        ancestor = view.candidates[_common(view, parent.number, partner.number)[0]]
        edits = merge(parent.config, partner.config, ancestor.config, view.space)
        return child_of(parent, edits, "merge", partner) if edits else None

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == "merge"

    def _partners(self, view: ArchiveView, parent: Candidate) -> list[Candidate]:
        """Those of other branches that have a common ancestor with the parent."""
        able = sorted(eligible_parents(view), key=lambda each: -view.mean[each.number])[:PARTNERS]
        return [
            each
            for each in able
            if (shared := _common(view, parent.number, each.number))
            and shared[0] not in (parent.number, each.number)
        ]


def _common(view: ArchiveView, a: int, b: int) -> list[int]:
    """The common ancestors of two candidates, the nearest to the first one first."""
    family = {c.number: [each.candidate for each in c.parents] for c in view.candidates}
    others = {b, *lineage.ancestors(family, b)}
    return [each for each in (a, *lineage.ancestors(family, a)) if each in others]
