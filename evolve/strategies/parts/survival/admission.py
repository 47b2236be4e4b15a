"""Admission: a child joins the population only if it is better than its parents, beyond noise.

EvoMAS (2025) admits on reward > best parent + .05 with an accuracy of 0 to 100; a difference that
small is noise, so a margin in posterior deviations can be required.
"""

from collections.abc import Sequence
from math import hypot
from random import Random

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import eligible_parents
from evolve.strategies.parts.survival.base import Survival


class Admission(Survival):
    """Seeds, and children that beat the best of their parents by a margin."""

    margin: float = Field(
        default=0.0005, ge=0, le=1, description="By how much a child must be better, 0 to 1."
    )
    certainty: float = Field(
        default=0.0, ge=0, description="Besides, by so many deviations of the difference."
    )

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        return [each for each in eligible_parents(view) if self.admits(view, each)]

    def admits(self, view: ArchiveView, child: Candidate) -> bool:
        """Whether a candidate joins."""
        if not child.parents:
            return True
        best = max((p.candidate for p in child.parents), key=lambda number: view.mean[number])
        gain = float(view.mean[child.number] - view.mean[best])
        doubt = hypot(view.deviation[child.number], view.deviation[best])
        return gain > self.margin + self.certainty * doubt
