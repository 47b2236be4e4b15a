"""Every evaluated candidate may be a parent."""

from collections.abc import Sequence
from random import Random

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import eligible_parents
from evolve.strategies.parts.survival.base import Survival


class Everyone(Survival):
    """All evaluated candidates within the cost."""

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        return eligible_parents(view)
