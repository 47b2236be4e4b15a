"""Elitism: the best stay, where "best" may be what is nearly certain."""

from collections.abc import Sequence
from random import Random

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import eligible_parents
from evolve.strategies.parts.survival.base import Survival


class Elite(Survival):
    """The best by posterior mean, less some of its deviation."""

    size: int = Field(default=16, ge=1, description="How many survive.")
    certainty: float = Field(
        default=0.0, ge=0, description="Deviations taken off the mean before comparing."
    )

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        floor = view.mean - self.certainty * view.deviation
        return sorted(eligible_parents(view), key=lambda each: -floor[each.number])[: self.size]
