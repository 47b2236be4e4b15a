"""Edits that surely did harm somewhere are not tried elsewhere."""

from pydantic import Field

from archive import lineage
from evolve.strategies.base import Proposal
from evolve.strategies.parts.memory.base import Memory
from evolve.view import ArchiveView
from search_spaces.edits import AddEdge, Edit, RemoveEdge, SetLabel


class Harmful(Memory):
    """Refuses edits that made another system worse, beyond doubt."""

    certainty: float = Field(
        default=1.0, ge=0, description="By how many deviations a child must be worse."
    )

    def refuses(self, view: ArchiveView, proposal: Proposal) -> bool:
        """See `Memory.refuses`."""
        if not proposal.parents:
            return False
        mine = _telling(proposal.parents[0].edits)
        standings = [view.standing(each.number) for each in view.evaluated]
        return bool(mine) and any(
            gain.mean < -self.certainty * gain.deviation and _telling(gain.edits) == mine
            for gain in lineage.gains(view.candidates, standings)
        )


def _telling(edits: tuple[Edit, ...]) -> set[Edit]:
    """The edits that mean the same wherever they are made: neither edges nor labels."""
    return {each for each in edits if not isinstance(each, AddEdge | RemoveEdge | SetLabel)}
