"""A meta-agent crosses two systems."""

from typing import ClassVar

from evolve.meta.assignments import Kind
from evolve.strategies.parts.proposers.meta import Meta


class MetaCrossover(Meta):
    """Asks a model to bring what is good about one system into another."""

    parents: ClassVar[int] = 2
    assignment: ClassVar[Kind] = "crossover"
