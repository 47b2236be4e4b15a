"""What an evaluation of each candidate surely takes less than, and what it usually takes.

Its worst case would be many times that. Costs count by what the standings are sure of; calls, and
everything as long as no cost is known, by how often they were seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evolve.ledger import Spend
from evolve.standings.table import Floats

MARGIN = 3.0
"""Relative standard errors that an expectation lies above the mean where no cost is known."""

USD, EVALUATIONS, CALLS, TOKENS = range(len(Spend._fields))


class Expected(NamedTuple):
    """What an evaluation takes, a row for each candidate; nothing before its first one.

    Attributes:
        sure: More than it takes, surely; a column for each capped quantity.
        usual: What it takes in the mean.
        times: How many evaluations tell so.
    """

    sure: Floats
    usual: Floats
    times: Floats

    def only(self, candidates: slice | NDArray[np.int64]) -> "Expected":
        """That of some candidates."""
        return Expected(*(rows[candidates] for rows in self))


def expect(used: Floats, usd: Floats, dearest: Floats) -> Expected:
    """What an evaluation of each candidate takes, by what is known now.

    Args:
        used: What all evaluations of each candidate took, a column for each capped quantity.
        usd: What an evaluation of each is expected to cost.
        dearest: What an evaluation of each surely costs less than; infinite where unknown.
    """
    times = np.maximum(used[:, EVALUATIONS], 1)
    unsure = 1 + MARGIN / np.sqrt(times)
    # The standings know no cost where no price is, or where no answer was scored yet.
    known = np.isfinite(dearest) & (used[:, USD] > 0)
    mean = used / times[:, None]
    dearer = np.divide(dearest, mean[:, USD], out=unsure.copy(), where=known)
    usually = np.divide(usd, mean[:, USD], out=np.ones(len(used)), where=known)
    return Expected(
        _times(mean, np.maximum(1, dearer), unsure),
        _times(mean, np.maximum(1, usually), np.ones(len(used))),
        used[:, EVALUATIONS],
    )


def _times(mean: Floats, dearer: Floats, oftener: Floats) -> Floats:
    """An evaluation that costs so many times the mean, and makes so many times as many calls."""
    each = mean.copy()
    each[:, USD] *= dearer
    each[:, EVALUATIONS] = 1
    each[:, CALLS] = np.ceil(each[:, CALLS] * oftener)
    each[:, TOKENS] = np.ceil(each[:, TOKENS] * dearer)
    return each
