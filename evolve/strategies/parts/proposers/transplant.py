"""Edits that helped on another branch, applied to this parent."""

from collections.abc import Sequence
from math import exp

from pydantic import Field

from archive import lineage
from archive.records import Candidate
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.operators import transplant


class Transplant(Proposer):
    """Grafts edits that helped others, the more they helped the likelier."""

    certainty: float = Field(
        default=0.5, ge=0, description="By how many deviations a gain must be above zero."
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        (parent,), view = parents, turn.view
        family = {c.number: [each.candidate for each in c.parents] for c in view.candidates}
        own = {parent.number, *lineage.ancestors(family, parent.number)}
        standings = [view.standing(each.number) for each in view.evaluated]
        helped = [
            gain
            for gain in lineage.gains(view.candidates, standings)
            if gain.helped(self.certainty) and gain.child not in own
        ]
        if not helped:
            return None
        weights = [exp(20 * (gain.mean - helped[0].mean)) for gain in helped]
        (gain,) = turn.rng.choices(helped, weights)
        edits = transplant(parent.config, gain.edits, view.space, turn.rng)
        return child_of(parent, edits, "transplant") if edits else None

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == "transplant"
