"""A meta-agent writes a whole system."""

from typing import ClassVar

from pydantic import Field

from evolve.meta.assignments import Kind
from evolve.strategies.parts.proposers.meta import Meta


class MetaWhole(Meta):
    """Asks a model for a whole system, shown another one, what was tried and what was found."""

    fresh: ClassVar[bool] = True
    assignment: ClassVar[Kind] = "whole"

    others_shown: int = Field(
        default=0, ge=0, description="How many other systems it is shown, the best ones."
    )

    @property
    def _systems(self) -> int:
        return self.others_shown
