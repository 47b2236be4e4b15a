"""The contract of survival: who of all that were found may be a parent."""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from archive.records import Candidate
from evolve.plugins import Kind
from evolve.strategies.parts.base import Part
from evolve.view import ArchiveView


class Survival(Part):
    """Keeps a population; nobody is deleted, so who leaves may come back."""

    @abstractmethod
    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """Who may breed now: evaluated candidates, or nobody if there are none.

        Args:
            view: What is known.
            rng: Randomness of this decision alone.
        """


SURVIVALS = Kind("evolve.strategies.parts.survival", Survival)
"""Every kind of survival."""
