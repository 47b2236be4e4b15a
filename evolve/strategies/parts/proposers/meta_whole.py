"""A meta-agent writes a whole system."""

from typing import ClassVar

from evolve.meta.assignments import Kind
from evolve.strategies.parts.proposers.meta import Meta


class MetaWhole(Meta):
    """Asks a model for a whole system, shown another one and what was tried."""

    fresh: ClassVar[bool] = True
    assignment: ClassVar[Kind] = "whole"
