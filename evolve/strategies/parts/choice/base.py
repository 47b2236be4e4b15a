"""The contract of choice: the odds of proposers, or of mutations, from what theirs came to."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from archive.records import Candidate
from evolve.plugins import Kind
from evolve.strategies.parts.base import Part
from evolve.view import ArchiveView


class Arm(NamedTuple):
    """Something that can have its turn.

    Attributes:
        name: Its name.
        share: How often it has its turn if nothing is known, relative to the others.
        made: Whether it is what made a candidate, by the candidate's operator.
    """

    name: str
    share: float
    made: Callable[[str], bool]


class Choice(Part):
    """Says how likely each of several has its turn."""

    @abstractmethod
    def odds(self, view: ArchiveView, arms: Sequence[Arm]) -> Sequence[float]:
        """The odds of each, relative to the others; 0 where the share is 0, not all 0."""


def children(view: ArchiveView, arm: Arm) -> list[Candidate]:
    """The evaluated candidates that an arm made from evaluated parents."""
    return [
        each
        for each in view.evaluated
        if each.parents
        and arm.made(each.operator)
        and all(view.evaluations[parent.candidate] for parent in each.parents)
    ]


CHOICES = Kind("evolve.strategies.parts.choice", Choice)
"""Every kind of choice."""
