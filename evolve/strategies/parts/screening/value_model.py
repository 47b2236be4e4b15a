"""A value model: what a configuration will stand at, from what it is made of and its parents.

Ridge regression of posterior means on the features of configurations, the counts of edits by kind
and the mean of the parents, weighted by how well each mean is known. The penalty is the one with
the smallest leave-one-out error, which has a closed form: residual / (1 − leverage) (Golub, Heath
and Wahba, 1979). The same residuals are the model's tracked error.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from archive.records import Candidate, Parent
from evolve.standings import Floats
from evolve.standings.view import ArchiveView
from search_spaces.config import SystemConfig
from search_spaces.edits import EDIT_KINDS

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
NEWEST = 200
"""How many candidates are learned from at most: the best and the newest."""

KINDS = tuple(sorted(EDIT_KINDS))


class ValueModel(NamedTuple):
    """A fitted model.

    Attributes:
        candidates: The numbers of the candidates that it was fitted to.
        centre: Of the inputs.
        scale: Of the inputs.
        weights: Of the scaled inputs.
        level: The prediction where all inputs are at the centre.
        inverse: Of the penalised Gram matrix, for the doubt of a prediction.
        left_out: How far the prediction of each by a model without it is above its standing.
    """

    candidates: tuple[int, ...]
    centre: Floats
    scale: Floats
    weights: Floats
    level: float
    inverse: Floats
    left_out: Floats

    @property
    def error(self) -> float:
        """The root mean square of what it is off for candidates that it was not shown."""
        return float(np.sqrt(np.mean(self.left_out**2)))

    def predict(
        self, view: ArchiveView, config: SystemConfig, parents: Sequence[Parent]
    ) -> tuple[float, float]:
        """What a configuration will stand at, with a deviation."""
        inputs = _inputs(view, view.space.features(config), parents, _usual(view))
        row = (inputs - self.centre) / self.scale
        spread = float(np.sqrt(1.0 + row @ self.inverse @ row))
        return self.level + float(row @ self.weights), self.error * spread


def fitted(view: ArchiveView) -> ValueModel | None:
    """A model of all evaluated candidates; None as long as there are fewer than 4."""
    known = _teachers(view)
    if len(known) < 4:
        return None
    numbers = [each.number for each in known]
    usual = _usual(view)
    inputs: Floats = np.array(
        [_inputs(view, view.features(each.number), each.parents, usual) for each in known]
    )
    means: Floats = view.mean[numbers]
    precision: Floats = 1.0 / (view.deviation[numbers] ** 2 + 0.01**2)
    precision = precision / precision.mean()
    centre = np.average(inputs, axis=0, weights=precision)
    spread = inputs.std(axis=0)
    scale: Floats = np.where(spread > 1e-12, spread, 1.0)
    level = float(np.average(means, weights=precision))
    root = np.sqrt(precision)[:, None]
    scaled, wanted = root * (inputs - centre) / scale, root[:, 0] * (means - level)
    weights, inverse, off = _best_fit(scaled, wanted)
    left_out = off / root[:, 0]
    return ValueModel(tuple(numbers), centre, scale, weights, level, inverse, left_out)


def surprises(view: ArchiveView) -> dict[int, float]:
    """How far the value model is off for each candidate when it was not shown it."""
    model = fitted(view)
    if model is None:
        return {}
    return dict(zip(model.candidates, np.abs(model.left_out).tolist(), strict=True))


def _best_fit(scaled: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
    """The weights at the best penalty, the inverse of its Gram matrix, and what is left out."""
    left, sizes, right = np.linalg.svd(scaled, full_matrices=False)
    turned = left.T @ wanted

    def off(penalty: float) -> Floats:
        kept = sizes**2 / (sizes**2 + penalty)
        leverage = (left**2) @ kept + 1.0 / len(scaled)
        residual: Floats = (left @ (kept * turned) - wanted) / np.maximum(1.0 - leverage, 0.05)
        return residual

    penalty = min(PENALTIES, key=lambda each: float(np.mean(off(each) ** 2)))
    weights: Floats = right.T @ (sizes / (sizes**2 + penalty) * turned)
    within = (right.T / (sizes**2 + penalty)) @ right
    inverse: Floats = within + (np.eye(right.shape[1]) - right.T @ right) / penalty
    return weights, inverse, off(penalty)


def _teachers(view: ArchiveView) -> list[Candidate]:
    everyone = view.evaluated
    if len(everyone) <= NEWEST:
        return everyone
    best = sorted(everyone, key=lambda each: -view.mean[each.number])[: NEWEST // 2]
    kept = {each.number: each for each in (*everyone[-NEWEST // 2 :], *best)}
    return [kept[number] for number in sorted(kept)]


def _usual(view: ArchiveView) -> float:
    """The mean standing of the evaluated candidates."""
    return float(view.mean[view.evaluations > 0].mean())


def _inputs(
    view: ArchiveView, features: Mapping[str, float], parents: Iterable[Parent], usual: float
) -> Floats:
    """What is known of a configuration beforehand; without parents it starts from what is usual."""
    line = list(parents)
    kinds = Counter(edit.edit for parent in line[:1] for edit in parent.edits)
    means = [float(view.mean[parent.candidate]) for parent in line]
    return np.array(
        [
            *features.values(),
            *(float(kinds[kind]) for kind in KINDS),
            float(bool(line)),
            max(means, default=usual),
        ]
    )
