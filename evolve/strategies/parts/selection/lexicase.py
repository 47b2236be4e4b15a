"""Lexicase selection: tasks in random order, each keeping only those near the best on it.

DEAP's `selAutomaticEpsilonLexicase` (La Cava et al., 2016) over what each candidate is believed to
score on each task, so that candidates that saw different tasks can be compared.
"""

from collections.abc import Sequence

from archive.records import Candidate
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.believed import believed
from evolve.strategies.parts.selection.base import Selection


class Lexicase(Selection):
    """Prefers specialists: candidates that are best on some tasks become parents (ε-lexicase)."""

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        from evolve.strategies._deap import Individual, lexicase

        rows = believed(turn.view, pool)
        individuals = [Individual(c, *row) for c, row in zip(pool, rows.tolist(), strict=True)]
        drawn = lexicase(individuals, count, turn.rng)
        return list({candidate.number: candidate for candidate in drawn}.values())
