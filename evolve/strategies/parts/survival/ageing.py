"""Ageing: the old make room for the young, but for the very best.

Regularised evolution (Real et al., 2019) kills the oldest, not the worst, so that nobody stays by
a lucky score.
"""

from collections.abc import Sequence
from random import Random

from pydantic import Field

from archive.records import Candidate
from evolve.strategies.parts.base import breeders
from evolve.strategies.parts.survival.base import Survival
from evolve.view import ArchiveView


class Ageing(Survival):
    """The youngest, and an elite that does not age."""

    size: int = Field(default=16, ge=1, description="How many of the youngest survive.")
    elite: int = Field(default=1, ge=0, description="How many of the best never die of age.")

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        able = breeders(view)
        best = sorted(able, key=lambda each: -view.mean[each.number])[: self.elite]
        kept = {each.number: each for each in (*able[-self.size :], *best)}
        return [kept[number] for number in sorted(kept)]
