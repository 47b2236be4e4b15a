"""Screening by a value model: of several children the most promising is evaluated.

AgentSwift (2025) lets a value model pick the best of N children at each step; AgentSquare (2024)
tests the best prediction. The model is used only while it ranks candidates that it was not shown
better than chance does.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal
from evolve.strategies.parts.screening.base import Screening
from evolve.strategies.parts.screening.value_model import ValueModel, fitted


class Ridge(Screening):
    """Proposes the child with the highest prediction by ridge regression."""

    children: int = Field(default=4, ge=2, le=64, description="Children for each that is proposed.")
    startup: int = Field(
        default=12, ge=4, description="Evaluated candidates before predictions count."
    )
    optimism: float = Field(
        default=0.0, ge=0, description="Deviations of the prediction added before comparing."
    )
    trust: float = Field(
        default=0.2, ge=-1, le=1,
        description="Rank correlation, on candidates it was not shown, below which it is not used.",
    )  # fmt: skip

    @property
    def most(self) -> int:
        """See `Screening.most`."""
        return self.children

    def wanted(self, view: ArchiveView) -> int:
        """See `Screening.wanted`."""
        return 1 if self.model(view) is None else self.children

    def choose(self, view: ArchiveView, children: Sequence[Proposal]) -> Proposal:
        """See `Screening.choose`."""
        model = self.model(view) if len(children) > 1 else None
        if model is None:
            return children[0]
        promise = [
            mean + self.optimism * doubt
            for mean, doubt in (model.predict(view, c.config, c.parents) for c in children)
        ]
        return children[int(np.argmax(promise))]

    def remarks(self, view: ArchiveView) -> Sequence[str]:
        """See `Part.remarks`."""
        model = fitted(view)
        if model is None:
            return ["the value model has too few candidates to learn from"]
        return [
            f"the value model is off by {100 * model.error:.1f} points (root mean square) for "
            f"candidates that it is not shown; its rank correlation with their standings is "
            f"{rank_correlation(view, model):.2f}, from {len(model.candidates)} candidates"
        ]

    def model(self, view: ArchiveView) -> ValueModel | None:
        """The value model, if it may be used by now."""
        if len(view.evaluated) < self.startup:
            return None
        model = fitted(view)
        return model if model and rank_correlation(view, model) >= self.trust else None


def rank_correlation(view: ArchiveView, model: ValueModel) -> float:
    """Spearman's correlation of standings with predictions that were made without them."""
    means = view.mean[list(model.candidates)]
    ranks = [np.argsort(np.argsort(each)) for each in (means, means + model.left_out)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
