"""A meta-agent's proposals: edits of a parent, a cross of two, or a whole configuration.

What it proposes is checked, and put right by itself with the checker's message; what stays invalid
is counted.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from archive.records import Candidate, Usage
from evolve.meta.assignments import Kind, assign
from evolve.meta.designing import RequestOptions, design, worst_case
from evolve.models.base import Models
from evolve.strategies.base import Proposal
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.proposers.base import Proposer, child_of
from search_spaces.config import ModelName, Temperature
from search_spaces.edits import EDIT_KINDS
from search_spaces.errors import unknown
from search_spaces.space import SearchSpace


class Meta(Proposer):
    """Asks a model what to change, given failures with feedback and what was tried."""

    assignment: ClassVar[Kind] = "edits"

    model: ModelName | None = Field(
        default=None, description="The meta-agent's model by its name here; none: the default one."
    )
    failures: int = Field(default=4, ge=0, le=20, description="Failed tasks it is shown.")
    repairs: int = Field(
        default=2, ge=0, le=2, description="How often it may put an invalid proposal right."
    )
    only: tuple[str, ...] = Field(
        default=(), description="The kinds of edits it may make, such as `set_prompt`; empty: all."
    )
    temperature: Temperature | None = Field(default=None, description="None: the model's own.")
    max_tokens: int = Field(default=4000, ge=200, description="Limit of each of its replies.")
    prompt_bytes: int = Field(
        default=24_000, ge=10_000, description="Limit of what it is shown, in UTF-8 bytes."
    )

    @field_validator("only")
    @classmethod
    def _known(cls, only: tuple[str, ...]) -> tuple[str, ...]:
        for name in only:
            if name not in EDIT_KINDS:
                raise ValueError(str(unknown("kind of edit", name, EDIT_KINDS)))
        return only

    @property
    def asks(self) -> tuple[str, ...]:
        """The meta-agent's model, where it is named."""
        return () if self.model is None else (self.model,)

    def worst(self, space: SearchSpace, models: Models) -> Usage:
        """See `Part.worst`."""
        return worst_case(space, models, self._options, self.prompt_bytes)

    async def propose(self, turn: Turn, parents: Sequence[Candidate]) -> Proposal | None:
        """See `Proposer.propose`."""
        assignment = assign(
            self.assignment,
            turn.view,
            turn.models,
            parents[0],
            parents[1] if len(parents) > 1 else None,
            turn.rng,
            failures=self.failures,
            prompt_bytes=self.prompt_bytes,
            systems=self._systems,
            only=self.only,
        )
        sample = turn.rng.getrandbits(31)
        found = await design(assignment, turn.models, self._options, sample)
        turn.steps += found.steps
        turn.prompts += found.prompts
        turn.repairs += found.invalid
        if found.child is None:
            turn.problem = f"no valid proposal in {found.invalid} replies: {found.problem}"
            return None
        child = child_of(parents[0], found.child.edits, f"meta:{self.assignment}", *parents[1:])
        return child._replace(config=found.child.config, rationale=found.child.rationale)

    def made(self, operator: str) -> bool:
        """See `Proposer.made`."""
        return operator == f"meta:{self.assignment}"

    @property
    def _systems(self) -> int:
        """How many other systems are shown."""
        return 0

    @property
    def _options(self) -> RequestOptions:
        return RequestOptions(self.model, self.temperature, self.max_tokens, self.repairs)
