"""The contract of choice: the odds of proposers, or of mutations, from their results."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from archive.records import Candidate
from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Part


class Arm(NamedTuple):
    """One of the alternatives.

    Attributes:
        name: Its name.
        share: Its relative odds before anything is observed.
        made: Whether it is what made a candidate, by the candidate's operator.
    """

    name: str
    share: float
    made: Callable[[str], bool]


class Choice(Part):
    """Computes the odds of each alternative."""

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
