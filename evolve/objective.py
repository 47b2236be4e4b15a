"""What "best" means: the highest score within a cost."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from archive import fronts
from archive.records import Standing
from search_spaces.frozen import Frozen


class Objective(Frozen):
    """Best = highest posterior mean within the cost; ties within ε go to the cheaper."""

    maximise: Literal["score"] = Field(default="score", description="What to maximise.")
    cost_at_most: float | None = Field(
        default=None, gt=0, description="USD an evaluation may cost on average; none: any."
    )
    epsilon: float = Field(default=0.005, ge=0, description="Score differences that are a tie.")

    def best(self, standings: Iterable[Standing]) -> Standing | None:
        """The best of those evaluated, or None if nobody is within the cost."""
        return fronts.best(
            [standing for standing in standings if standing.evaluations],
            cost_at_most=self.cost_at_most,
            epsilon=self.epsilon,
        )
