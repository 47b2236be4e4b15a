"""What an evaluation of each candidate surely takes less than, by what is known of it.

Its worst case would be many times that. Costs count by what the standings are sure of; calls, and
everything as long as no cost is known, by how often they were seen.
"""

import numpy as np

from evolve.ledger import Spend
from evolve.standings.table import Floats

MARGIN = 3.0
"""Relative standard errors that an expectation lies above the mean where no cost is known."""

USD, EVALUATIONS, CALLS, TOKENS = range(len(Spend._fields))


def expect(used: Floats, dearest: Floats) -> Floats:
    """What an evaluation takes, a row for each candidate; nothing before the first one.

    Args:
        used: What all evaluations of each candidate took, a column for each capped quantity.
        dearest: What an evaluation of each surely costs less than, in USD; infinite where unknown.
    """
    times = np.maximum(used[:, EVALUATIONS], 1)
    unsure = 1 + MARGIN / np.sqrt(times)
    # The standings know no cost where no price is, or where no answer was scored yet.
    most = dearest * times
    known = np.isfinite(most) & (used[:, USD] > 0)
    margin = np.maximum(1, np.divide(most, used[:, USD], out=unsure.copy(), where=known))
    expected: Floats = used / times[:, None]
    expected[:, USD] *= margin
    expected[:, EVALUATIONS] = 1
    expected[:, CALLS] = np.ceil(expected[:, CALLS] * unsure)
    expected[:, TOKENS] = np.ceil(expected[:, TOKENS] * margin)
    return expected
