"""What "best" means: the highest score within a cost."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from archive import fronts
from archive.records import CostUnit, Standing
from search_spaces.frozen import Frozen


class Objective(Frozen):
    """Best = highest posterior mean within the cost; a tie within ε goes to the cheaper one."""

    maximise: Literal["score"] = Field(default="score", description="What to maximise.")
    cost: CostUnit | None = Field(
        default=None,
        description="What costs are counted in: `usd`, `tokens` (prompt and completion together), "
        "`calls` or `seconds` (the summed latency of the calls); none: `usd` if every model has a "
        "price, else `tokens`.",
    )
    cost_at_most: float | None = Field(
        default=None,
        gt=0,
        description="What an evaluation may cost on average, in that unit; none: any.",
    )
    epsilon: float = Field(default=0.005, ge=0, description="Score differences that are a tie.")

    @property
    def unit(self) -> CostUnit:
        """The unit of costs; every run's settings name it."""
        return self.cost or "usd"

    def best(self, standings: Iterable[Standing]) -> Standing | None:
        """The best evaluated candidate, or None if none is within the cost."""
        return fronts.best(
            [standing for standing in standings if standing.evaluations],
            cost_at_most=self.cost_at_most,
            epsilon=self.epsilon,
        )
