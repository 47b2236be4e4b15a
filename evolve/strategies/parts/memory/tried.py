"""Refuses edits that were already tried on the same parent.

AFlow (Zhang et al., 2025) forbids a modification that a round's experience already holds.
"""

from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.memory.base import Memory
from search_spaces.edits import Edit, SetLabel


class Tried(Memory):
    """Refuses the same edits of the same parent."""

    def refuses(self, view: ArchiveView, proposal: Proposal) -> bool:
        """See `Memory.refuses`."""
        return any(
            _telling(mine.edits) == _telling(theirs.edits)
            for mine in proposal.parents[:1]
            for each in view.candidates
            for theirs in each.parents[:1]
            if theirs.candidate == mine.candidate
        )


def _telling(edits: tuple[Edit, ...]) -> set[Edit]:
    """The edits in any order, but for labels."""
    return {each for each in edits if not isinstance(each, SetLabel)}
