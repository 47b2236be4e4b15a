"""The default: many ways to make children combined, with or without a meta-agent.

Worked examples come first, then a known system on every model. After that random edits, crossover
and the reuse of edits that helped on other branches alternate; where there is a meta-agent, most
proposals are its edits and whole systems. Parents are drawn softly among the candidates with
the highest lower bounds; of several cheap children a value model picks the one worth evaluating.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.base import Proposer
from evolve.strategies.parts.proposers.best_by_domain import BestByDomain
from evolve.strategies.parts.proposers.crossover import Crossover
from evolve.strategies.parts.proposers.every_model import EveryModel
from evolve.strategies.parts.proposers.label_choice import LabelChoices
from evolve.strategies.parts.proposers.merge import Merge
from evolve.strategies.parts.proposers.meta import Meta
from evolve.strategies.parts.proposers.meta_crossover import MetaCrossover
from evolve.strategies.parts.proposers.meta_whole import MetaWhole
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.proposers.transplant import Transplant
from evolve.strategies.parts.proposers.worked_examples import WorkedExamples
from evolve.strategies.parts.screening.ridge import Ridge
from evolve.strategies.parts.screening.unscreened import Unscreened
from evolve.strategies.parts.selection.soft_mixed import SoftMixed
from evolve.strategies.parts.survival.elite import Elite
from search_spaces.config import ModelName

ODDS: Mapping[str, float] = MappingProxyType(
    {
        "words": 2.0,
        "examples": 2.0,
        "specialists": 2.0,
        "change_model": 6.0,
        "change_effort": 0.5,
        "change_temperature": 0.5,
        "change_max_tokens": 0.3,
        "change_weight": 0.3,
    }
)
"""Relative odds of operators; those not named have 1. Only one of some fifty changes models, and
the model and its instructions matter more than sampling parameters."""


class Default(Combination):
    """Combines most parts; every switch turns one thing off, to see what it brings."""

    model: ModelName | None = Field(
        default=None, description="The meta-agent's model by its name here; none: no meta-agent."
    )
    every_model: bool = Field(
        default=True, description="Whether a known system is tried on every model at first."
    )
    examples: bool = Field(
        default=True,
        description="Whether worked examples and labels of training tasks are tried at first.",
    )
    reuse: bool = Field(
        default=True, description="Whether systems are crossed, and edits transplanted and merged."
    )
    weighted: bool = Field(
        default=True,
        description="Whether operators that usually matter more are applied more often.",
    )
    screening: int = Field(
        default=4, ge=1, le=64, description="Children for each that is evaluated, if cheap to make."
    )

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        odds = dict(ODDS) if self.weighted else {}
        proposers: list[Proposer] = [Mutation(share=4, odds=odds), Sample(share=0.5)]
        if self.examples:
            proposers += [WorkedExamples(), LabelChoices(), BestByDomain()]
        if self.every_model:
            proposers.append(EveryModel())
        if self.reuse:
            proposers += [Crossover(share=1), Transplant(share=1.5), Merge(share=1.5)]
        if self.model is not None:
            proposers.append(Meta(share=20, model=self.model))
            proposers.append(MetaWhole(share=20, model=self.model))
        if self.model is not None and self.reuse:
            proposers.append(MetaCrossover(share=1, model=self.model))
        screened = self.screening > 1 and self.model is None
        return Composed(
            survival=Elite(size=12, certainty=0.5),
            selection=SoftMixed(top=8, uniform=0.2, greed=0.3),
            proposers=tuple(proposers),
            screening=Ridge(children=self.screening) if screened else Unscreened(),
        )
