"""A meta-agent that reads failures and history, and proposes what to change.

Parents are drawn by AFlow's soft mix of greed and chance. What stays invalid of what the meta-agent
proposes is counted, and replaced by a random operator's edits.
"""

from typing import Self

from pydantic import Field, model_validator

from evolve.strategies.composed import Combination, Composed
from evolve.strategies.parts.proposers.base import Proposer
from evolve.strategies.parts.proposers.meta import Meta
from evolve.strategies.parts.proposers.meta_crossover import MetaCrossover
from evolve.strategies.parts.proposers.meta_whole import MetaWhole
from evolve.strategies.parts.proposers.mutation import Mutation
from evolve.strategies.parts.proposers.sample import Sample
from evolve.strategies.parts.selection.soft_mixed import SoftMixed
from evolve.strategies.parts.survival.everyone import Everyone
from search_spaces.config import ModelName, Temperature
from search_spaces.frozen import Frozen


class Shares(Frozen):
    """How often each kind of proposal is made, relative to the others."""

    edits: float = Field(default=0.6, ge=0, description="The meta-agent edits a system.")
    crossover: float = Field(default=0.15, ge=0, description="It crosses two systems.")
    whole: float = Field(default=0.05, ge=0, description="It writes a whole system.")
    random: float = Field(default=0.1, ge=0, description="A random operator edits a system.")
    sample: float = Field(default=0.1, ge=0, description="A system is drawn from the space.")

    @model_validator(mode="after")
    def _leave_something(self) -> Self:
        if not any(share for _, share in self):
            raise ValueError("every share is 0; give at least one kind of proposal a share")
        return self


class Reflective(Combination):
    """Asks a model what to change, given failures with feedback and what was tried."""

    model: ModelName | None = Field(
        default=None, description="The meta-agent's model by its name here; none: the default one."
    )
    shares: Shares = Field(
        default=Shares(),
        description="How often each kind of proposal is made: by the meta-agent `edits`, a "
        "`crossover` of two or a `whole` system; else `random` edits or a `sample` of the space.",
    )
    failures: int = Field(default=4, ge=0, le=20, description="Failed tasks it is shown.")
    repairs: int = Field(
        default=2, ge=0, le=2, description="How often it may put an invalid proposal right."
    )
    parents: int = Field(default=6, ge=1, description="How many of the best may be parents.")
    uniform: float = Field(
        default=0.3, ge=0, le=1, description="λ: the share of chance in choosing a parent."
    )
    greed: float = Field(
        default=0.2, ge=0, description="α: how much a point of the score, in percent, weighs."
    )
    temperature: Temperature | None = Field(default=None, description="None: the model's own.")
    max_tokens: int = Field(default=4000, ge=200, description="Limit of each of its replies.")
    prompt_bytes: int = Field(
        default=24_000, ge=10_000, description="Limit of what it is shown, in UTF-8 bytes."
    )

    @property
    def parts(self) -> Composed:
        """See `Combination.parts`."""
        options = {
            name: getattr(self, name)
            for name in (
                "model",
                "failures",
                "repairs",
                "temperature",
                "max_tokens",
                "prompt_bytes",
            )
        }
        proposers: tuple[Proposer, ...] = (
            Meta(share=self.shares.edits, **options),
            MetaCrossover(share=self.shares.crossover, **options),
            MetaWhole(share=self.shares.whole, **options),
            Mutation(share=self.shares.random),
            Sample(share=self.shares.sample),
        )
        return Composed(
            survival=Everyone(),
            selection=SoftMixed(top=self.parents, uniform=self.uniform, greed=self.greed),
            proposers=proposers,
        )
