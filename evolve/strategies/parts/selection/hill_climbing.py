"""Hill climbing: always on from the best, by posterior mean."""

from collections.abc import Sequence

from archive.records import Candidate
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection


class HillClimbing(Selection):
    """Always the best; partners are the next best."""

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        return sorted(pool, key=lambda each: -turn.view.mean[each.number])[:count]
