"""The contract of screening: choosing among children before anything is paid for evaluating one."""

from abc import abstractmethod
from collections.abc import Sequence

from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Part


class Screening(Part):
    """Predicts how proposals would do, and drops all but the most promising one."""

    def wanted(self, view: ArchiveView) -> int:
        """How many children to make for one that is proposed."""
        return 1

    @abstractmethod
    def choose(self, view: ArchiveView, children: Sequence[Proposal]) -> Proposal:
        """The child to propose; there is at least one.

        Args:
            view: What is known.
            children: New proposals, as many as `wanted` returned.
        """

    @property
    def most(self) -> int:
        """What `wanted` may ask for at most."""
        return 1


SCREENINGS = Kind("evolve.strategies.parts.screening", Screening, besides=("value_model",))
"""Every kind of screening."""
