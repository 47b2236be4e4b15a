"""The contract of strategies: making a new candidate from old ones."""

from abc import abstractmethod
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from archive.records import Choice, Parent, Step
from evolve.models.base import Models
from evolve.plugins import Kind, Plugin
from evolve.view import ArchiveView
from search_spaces.config import SystemConfig


class Proposal(NamedTuple):
    """A configuration that a strategy wants to see evaluated, and where it comes from."""

    config: SystemConfig
    operator: str
    parents: tuple[Parent, ...] = ()
    rationale: str = ""
    choices: Mapping[str, Choice] = {}
    steps: tuple[Step, ...] = ()
    repairs: int = 0


class Strategy(Plugin):
    """Makes new candidates.

    A strategy has options but no state: all it knows of the search is the view, and asking changes
    nothing. So a resumed search asks exactly as an uninterrupted one.
    """

    @abstractmethod
    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """Proposes a configuration.

        Args:
            view: What was found up to this decision.
            models: The run's models, metered.
            rng: Randomness of this decision alone.

        Returns:
            A proposal, or None if there is nothing to propose until more results are in.
        """


STRATEGIES = Kind("evolve.strategies", Strategy)
"""Every strategy."""
