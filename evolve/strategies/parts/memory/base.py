"""The contract of memory: whether a proposal repeats something that already failed."""

from abc import abstractmethod

from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Part


class Memory(Part):
    """Refuses proposals that repeat what the lineage shows was tried."""

    @abstractmethod
    def refuses(self, view: ArchiveView, proposal: Proposal) -> bool:
        """Whether a proposal is a repetition; what was found before is refused anyway."""


MEMORIES = Kind("evolve.strategies.parts.memory", Memory)
"""Every kind of memory."""
