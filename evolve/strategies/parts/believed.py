"""What candidates are believed to score on single tasks."""

from collections.abc import Sequence

import numpy as np

from archive.records import Candidate
from evolve.standings import Floats
from evolve.standings.view import ArchiveView

PRIOR = 1.0
"""How many scores of a pair its expectation weighs as much as."""


def believed(view: ArchiveView, candidates: Sequence[Candidate]) -> Floats:
    """Expected scores, shape (candidates, tasks), over the tasks that any of them saw.

    A pair is expected at the candidate's posterior mean plus the task's ease, which is the mean
    of what candidates scored there beyond their own means. What was seen is weighed against it.
    """
    numbers = [candidate.number for candidate in candidates]
    scores = view.scores[numbers]
    scores = scores[:, ~np.isnan(scores).all(axis=0)]
    means = view.mean[numbers][:, None]
    if not scores.shape[1]:
        return np.asarray(means, dtype=np.float64)
    seen = ~np.isnan(scores)
    ease = np.where(seen, scores - means, 0.0).sum(axis=0) / (seen.sum(axis=0) + PRIOR)
    expected = np.clip(means + ease, 0.0, 1.0)
    blended: Floats = np.where(
        seen, (np.nan_to_num(scores) + PRIOR * expected) / (1 + PRIOR), expected
    )
    return blended
