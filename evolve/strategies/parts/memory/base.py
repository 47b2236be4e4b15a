"""The contract of memory: whether a proposal repeats what experience speaks against."""

from abc import abstractmethod

from evolve.plugins import Kind
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Part
from evolve.view import ArchiveView


class Memory(Part):
    """Remembers what was tried, which the view's lineage tells."""

    @abstractmethod
    def refuses(self, view: ArchiveView, proposal: Proposal) -> bool:
        """Whether a proposal is a repetition; what was found before is refused anyway."""


MEMORIES = Kind("evolve.strategies.parts.memory", Memory)
"""Every kind of memory."""
