"""Tournaments: the best of a few drawn at random (DEAP's `selTournament`)."""

from collections.abc import Sequence

from pydantic import Field

from archive.records import Candidate
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection


class Tournament(Selection):
    """The fittest of a few drawn at random; a size of 1 draws uniformly."""

    size: int = Field(default=3, ge=1, description="Contestants for each parent's place.")

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        from evolve.strategies._deap import by_mean, tournament

        drawn = tournament(by_mean(turn.view, pool), count, self.size, turn.rng)
        return list({candidate.number: candidate for candidate in drawn}.values())
