"""Candidates as arms of a bandit, and a process that opens new ones.

UCB1 (Auer, Cesa-Bianchi and Fischer, 2002) ranks arms by mean + √(c·ln t / n). Both t and n count
task evaluations. New arms come by a Chinese-restaurant process: with chance θ / (θ + arms).
"""

from collections.abc import Sequence
from math import log, sqrt
from random import Random

from pydantic import Field

from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.base import Turn
from evolve.strategies.parts.selection.base import Selection


class Ucb1(Selection):
    """Takes those with the highest upper confidence bound, or starts anew."""

    exploration: float = Field(default=2.0, ge=0, description="c: weight of uncertainty.")
    new_arms: float = Field(
        default=0.0, ge=0, description="θ: how readily a new arm is opened; 0: never."
    )

    async def parents(
        self, turn: Turn, pool: Sequence[Candidate], count: int
    ) -> Sequence[Candidate]:
        """See `Selection.parents`."""
        shuffled = turn.rng.sample(list(pool), len(pool))  # ties are broken at random
        return sorted(shuffled, key=lambda each: -self.bound(turn.view, each))[:count]

    def bound(self, view: ArchiveView, candidate: Candidate) -> float:
        """The upper confidence bound of a candidate."""
        total, own = view.evaluations.sum(), view.evaluations[candidate.number]
        bonus = sqrt(self.exploration * log(max(int(total), 1)) / int(own))
        return float(view.mean[candidate.number]) + bonus

    def starts_anew(self, view: ArchiveView, rng: Random) -> bool | None:
        """See `Selection.starts_anew`."""
        if not self.new_arms:
            return None
        return rng.random() < self.new_arms / (self.new_arms + len(view.candidates))
