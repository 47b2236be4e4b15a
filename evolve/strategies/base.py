"""The contract of strategies: making a new candidate from old ones."""

from abc import abstractmethod
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from archive.records import Choice, Parent, Prompt, Step
from evolve.models.base import Models
from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Part
from search_spaces.config import SystemConfig
from search_spaces.space import SearchSpace


class Proposal(NamedTuple):
    """A configuration that a strategy wants to see evaluated, and where it comes from.

    Attributes:
        config: The configuration.
        operator: What made it.
        parents: From which candidates, by which edits.
        rationale: Why it should be good, as the model explains it.
        choices: The named choices it was built from, where it was built so.
        steps: The model calls that it took.
        prompts: The templates of what the models were asked.
        repairs: How many of the models' proposals were invalid.
        reason: Why a random operator had to stand in for a model.
    """

    config: SystemConfig
    operator: str
    parents: tuple[Parent, ...] = ()
    rationale: str = ""
    choices: Mapping[str, Choice] = {}
    steps: tuple[Step, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    repairs: int = 0
    reason: str = ""


class Strategy(Part):
    """Makes new candidates.

    A strategy has options but no state: its only input is the view, and asking changes
    nothing. So a resumed search asks exactly as an uninterrupted one.
    """

    @abstractmethod
    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """Proposes a configuration.

        Args:
            view: What was found up to this decision.
            models: The run's models, metered.
            rng: The random stream of this decision.

        Returns:
            A proposal, or None if there is nothing to propose until more results are in. A strategy
            that has called a model must propose, because the calls are booked with the proposal.

        Raises:
            OutageError: A model's endpoint does not answer.
        """

    def opening(self, space: SearchSpace) -> int:
        """How many proposals are worth making before known candidates are compared.

        They are made one at a time, as soon as the budget allows, whatever the allocator prefers.

        Args:
            space: What is searched.
        """
        return 0


STRATEGIES = Kind("evolve.strategies", Strategy, besides=("parts",))
"""Every strategy."""
