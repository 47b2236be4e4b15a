"""No screening."""

from collections.abc import Sequence

from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.screening.base import Screening


class Unscreened(Screening):
    """Every child is proposed."""

    def choose(self, view: ArchiveView, children: Sequence[Proposal]) -> Proposal:
        """See `Screening.choose`."""
        return children[0]
