"""Odds by influence: how good systems are with something, over how good they are without.

MASS (Zhou et al., 2025) prunes the dimensions of its search so: I = score with / score without,
p = softmax(I / t), t = .05.
"""

from collections.abc import Sequence
from math import exp

from pydantic import Field

from evolve.standings.view import ArchiveView
from evolve.strategies.parts.choice.base import Arm, Choice, children


class Influential(Choice):
    """A softmax over children's scores relative to their parents'."""

    temperature: float = Field(default=0.05, gt=0, description="t: small prunes harder.")

    def odds(self, view: ArchiveView, arms: Sequence[Arm]) -> Sequence[float]:
        """See `Choice.odds`."""
        influence = [self.influence(view, arm) for arm in arms]
        most = max(influence)
        return [
            arm.share * exp((each - most) / self.temperature)
            for arm, each in zip(arms, influence, strict=True)
        ]

    def influence(self, view: ArchiveView, arm: Arm) -> float:
        """The mean score with what an arm did, over that without; 1 where it did nothing yet."""
        made = children(view, arm)
        with_it = [float(view.mean[each.number]) for each in made]
        without = [float(view.mean[each.parents[0].candidate]) for each in made]
        return sum(with_it) / max(sum(without), 1e-9) if made else 1.0
