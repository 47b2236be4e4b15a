"""The contract of selection: drawing parents from the surviving candidates."""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random

from archive.records import Candidate
from evolve.plugins import Kind
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Part, Turn


class Selection(Part):
    """Draws parents."""

    @abstractmethod
    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """Draws different parents, the one to start from first.

        Args:
            turn: What is known; model calls are booked here.
            pool: The candidates that may be drawn, all evaluated; at least one.
            count: How many are wanted; fewer may come.

        Raises:
            OutageError: A model's endpoint does not answer.
        """

    def starts_anew(self, view: ArchiveView, rng: Random) -> bool | None:
        """Whether to start from nothing instead of from a parent; None: no opinion."""
        return None


class Weighted(Selection):
    """Draws parents one by one, each with a chance that depends on those left."""

    @abstractmethod
    def weights(self, view: ArchiveView, pool: Sequence[Candidate]) -> Sequence[float]:
        """How likely each is drawn, relative to the others; not all 0."""

    def contenders(self, view: ArchiveView, pool: Sequence[Candidate]) -> list[Candidate]:
        """The candidates to draw from; by default the whole pool."""
        return list(pool)

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        left, drawn = self.contenders(turn.view, pool), list[Candidate]()
        while left and len(drawn) < count:
            (parent,) = turn.rng.choices(left, self.weights(turn.view, left))
            drawn.append(parent)
            left.remove(parent)
        return drawn


SELECTIONS = Kind("evolve.strategies.parts.selection", Selection)
"""Every way to select."""
