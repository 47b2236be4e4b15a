"""Islands: separate populations that now and then send a child to the next one.

A founder lives on the island of its number, a child on that of its first parent; every so many
candidates one is raised on the next island instead (a ring, as in Whitley et al., 1999).
"""

from collections.abc import Sequence
from random import Random

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import eligible_parents
from evolve.strategies.parts.survival.base import Survival


class Islands(Survival):
    """The best of one island, drawn anew for every proposal."""

    count: int = Field(default=3, ge=1, description="How many islands there are.")
    size: int = Field(default=8, ge=1, description="How many survive on each.")
    migration: int = Field(
        default=5, ge=0, description="Every so many candidates one moves on; 0: never."
    )

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        home, able = self.homes(view), eligible_parents(view)
        inhabited = sorted({home[each.number] for each in able})
        if not inhabited:
            return []
        here = rng.choice(inhabited)
        own = [each for each in able if home[each.number] == here]
        return sorted(own, key=lambda each: -view.mean[each.number])[: self.size]

    def homes(self, view: ArchiveView) -> list[int]:
        """The island of every candidate, by its number."""
        homes: list[int] = []
        for each in view.candidates:
            number = each.number
            home = homes[each.parents[0].candidate] if each.parents else number
            moves = bool(each.parents and self.migration and number % self.migration == 0)
            homes.append((home + moves) % self.count)
        return homes
