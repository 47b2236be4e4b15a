"""Stages: another strategy for each part of the budget.

By default as MASS (Zhou et al., 2025): prompts, then topology drawn by influence, then prompts
again.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Annotated, Self

from pydantic import Field, model_validator

from archive.records import Usage
from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import STRATEGIES, Proposal, Strategy
from evolve.strategies.composed import Composed, upper_bound
from evolve.strategies.parts.choice.influential import Influential
from evolve.strategies.parts.proposers.mutation import Mutation
from search_spaces.frozen import Frozen
from search_spaces.space import SearchSpace

_WORDS = Composed(proposers=(Mutation(odds={"words": 1}, others=0),))
_TOPOLOGY = Composed(proposers=(Mutation(odds={"words": 0}, choice=Influential()),))


class Stage(Frozen):
    """A part of the budget, and the strategy that proposes during it."""

    until: float = Field(gt=0, le=1, description="The share of the budget at which it ends.")
    strategy: Annotated[Strategy, STRATEGIES] = Field(description="The strategy until then.")


class Staged(Strategy):
    """Hands over from one strategy to the next as the budget is used up."""

    stages: tuple[Stage, ...] = Field(
        default=(
            Stage(until=0.35, strategy=_WORDS),
            Stage(until=0.75, strategy=_TOPOLOGY),
            Stage(until=1.0, strategy=_WORDS),
        ),
        min_length=1,
        description="The stages in order: `{until: share of the budget, strategy: …}`.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ends = [stage.until for stage in self.stages]
        if any(later <= earlier for earlier, later in pairwise(ends)):
            raise ValueError(f"stages: `until` must rise from one to the next, got {ends}")
        if ends[-1] != 1:
            raise ValueError(f"stages: the last one must last until 1, got {ends[-1]:g}")
        return self

    @property
    def asks(self) -> tuple[str, ...]:
        """See `Part.asks`."""
        return tuple(dict.fromkeys(name for each in self._strategies for name in each.asks))

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Part.worst`."""
        return upper_bound([each.worst(space, models) for each in self._strategies])

    def remarks(self, view: ArchiveView) -> Sequence[str]:
        """See `Part.remarks`."""
        return [line for each in self._strategies for line in each.remarks(view)]

    def opening(self, space: SearchSpace) -> int:
        """See `Strategy.opening`: that of the first stage."""
        return self.stages[0].strategy.opening(space)

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        return await self.current(view.progress).ask(view, models, rng)

    def current(self, progress: float) -> Strategy:
        """The strategy at that share of the budget."""
        open_ones = [stage for stage in self.stages if progress < stage.until]
        return (open_ones or self.stages[-1:])[0].strategy

    @property
    def _strategies(self) -> Sequence[Strategy]:
        return [stage.strategy for stage in self.stages]
