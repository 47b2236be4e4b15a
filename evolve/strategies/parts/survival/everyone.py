"""Everybody who was evaluated may breed."""

from collections.abc import Sequence
from random import Random

from archive.records import Candidate
from evolve.strategies.parts.base import breeders
from evolve.strategies.parts.survival.base import Survival
from evolve.view import ArchiveView


class Everyone(Survival):
    """Everybody evaluated who is within the cost."""

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        return breeders(view)
