"""The contract of survival: which of all candidates may be parents."""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from archive.records import Candidate
from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Part


class Survival(Part):
    """Keeps a population; nothing is deleted, so a candidate that leaves may come back."""

    @abstractmethod
    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """The candidates that may be parents now; empty if none was evaluated.

        Args:
            view: What is known.
            rng: Randomness of this decision alone.
        """


SURVIVALS = Kind("evolve.strategies.parts.survival", Survival)
"""Every kind of survival."""
