"""Adaptive odds: what gained more per unit of spend is chosen more often.

Probability matching (Goldberg, 1990; Thierens, 2005) on the gain of children over their parents,
as believed now, for each unit spent on making and evaluating them. Rates are shrunk to the
overall rate by a number of pseudo-observations, and no odds fall below a floor.
"""

from collections.abc import Sequence

from pydantic import Field

from evolve.standings.view import ArchiveView
from evolve.strategies.parts.choice.base import Arm, Choice, children


class Bandit(Choice):
    """Odds in proportion to the gain for the money so far."""

    patience: float = Field(
        default=5.0, gt=0, description="How many children the rate of all weighs as much as."
    )
    floor: float = Field(
        default=0.2, gt=0, le=1, description="The share of its first odds below which none falls."
    )

    def odds(self, view: ArchiveView, arms: Sequence[Arm]) -> Sequence[float]:
        """See `Choice.odds`."""
        made = [children(view, arm) for arm in arms]
        gains = [sum(_gain(view, each.number) for each in those) for those in made]
        spent = [sum(float(view.spent[each.number]) for each in those) for those in made]
        number, total = sum(map(len, made)), sum(spent)
        if not number or not total or not sum(gains):
            return [arm.share for arm in arms]
        usual_gain = self.patience * sum(gains) / number
        usual_spend = self.patience * total / number
        rates = [
            (gain + usual_gain) / (took + usual_spend)
            for gain, took in zip(gains, spent, strict=True)
        ]
        mean = sum(gains) / total
        return [
            arm.share * max(self.floor, rate / mean) for arm, rate in zip(arms, rates, strict=True)
        ]


def _gain(view: ArchiveView, child: int) -> float:
    """The posterior gain of a child over its best parent; 0 if it is worse."""
    parents = [parent.candidate for parent in view.candidates[child].parents]
    return max(0.0, float(view.mean[child]) - max(float(view.mean[each]) for each in parents))
