"""Choosing one of a few labels by log-probability instead of writing an answer."""

from typing import Self

from pydantic import Field, model_validator

from search_spaces.frozen import Frozen


class LabelChoice(Frozen):
    """An agent's answer as one of some labels: the one whose log-probability rises most.

    The score of a label is its log-probability as the reply's first token less its mean over
    training inputs, which removes the model's bias for one label (batch calibration: Zhou et al.,
    2024; after contextual calibration: Zhao et al., 2021).
    """

    labels: tuple[str, ...] = Field(
        min_length=2, max_length=100, description="The labels, as the truths spell them."
    )
    means: tuple[float, ...] = Field(
        default=(),
        description="The mean log-probability of each label over training inputs; none: 0.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("two labels are equal")
        if self.means and len(self.means) != len(self.labels):
            raise ValueError(f"{len(self.means)} means for {len(self.labels)} labels")
        return self

    def best(self, scores: tuple[float, ...]) -> str:
        """The label whose score lies highest above its mean; of equal ones the first.

        Args:
            scores: A log-probability for each label.
        """
        means = self.means or (0.0,) * len(self.labels)
        above = [score - mean for score, mean in zip(scores, means, strict=True)]
        return self.labels[above.index(max(above))]
