"""A known system on every other model of the space, before anything else is tried.

The model usually matters more than anything else about a system, and there are few models. A search
that changes models only by chance, in one edit of some fifty, may never try one of them.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from archive.records import Candidate
from evolve.budget.overruns import models_of
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.draft import Draft
from search_spaces.edits import diff


class EveryModel(Proposer):
    """The best seed on a model that no candidate uses alone; nothing once all were tried."""

    parents: ClassVar[int] = 0

    share: float = Field(
        default=1000.0,
        ge=0,
        description="Its relative odds among the proposers: first by default.",
    )

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        view = turn.view
        left = [
            model
            for model in view.space.models
            if not any(models_of(each.config) == {model} for each in view.candidates)
        ]
        seeds = [each for each in view.candidates if not each.parents]
        seeds.sort(key=lambda seed: -float(view.mean[seed.number]))
        for model in turn.rng.sample(left, len(left)):
            for seed in seeds:
                config = Draft.of(seed.config).on(model).build()
                if not view.exceeds_cost(config, [seed.number]):
                    return child_of(seed, diff(seed.config, config), "every_model")
        return None

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == "every_model"
