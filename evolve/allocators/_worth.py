"""What one more evaluation is worth: expected gain in the winner's score per unit of cost.

All formulas speak of a candidate that is expected ``δ`` above the leader (δ < 0) with deviation σ.
``σ·h(δ/σ)``, h(z) = φ(z) + zΦ(z), is how much better the better of the two is expected to be
(expected improvement: Jones, Schonlau & Welch, "Efficient global optimization", 1998, equation 15).
"""

from math import pi, sqrt

import numpy as np
from scipy.special import ndtr

from evolve.standings import Floats

BATCHES = 2.0 ** np.arange(9)
"""Numbers of evaluations among which the knowledge gradient looks for the best rate."""


def improvement(difference: Floats, deviation: Floats) -> Floats:
    """How much the better of candidate and leader is expected above the leader."""
    sigma = np.maximum(deviation, 1e-9)
    z = difference / sigma
    gain: Floats = sigma * (np.exp(-0.5 * z * z) / sqrt(2.0 * pi) + z * ndtr(z))
    return np.maximum(gain, 0.0)


def rate(difference: Floats, variance: Floats, noise: Floats, cost: Floats, entry: float) -> Floats:
    """The highest expected gain per unit of cost, over how many evaluations are bought at once.

    The knowledge gradient with batches (Frazier & Powell, "Paradoxes in learning and the marginal
    value of information", 2010: KG(*)): m evaluations of a candidate whose mean has variance u and
    whose scores have variance ν move its posterior mean by ``σ_m² = u · mu / (mu + ν)``.

    Args:
        difference: Expected score minus the leader's, shape (n,).
        variance: Of the candidate's mean, shape (n,).
        noise: Of one score, shape (n,).
        cost: Of one evaluation, shape (n,).
        entry: What must be paid before the first one.
    """
    known = BATCHES[:, None] * variance
    moved = np.sqrt(variance * known / (known + noise))
    gains = improvement(difference, moved) / (BATCHES[:, None] * cost + entry)
    best: Floats = gains.max(axis=0)
    return best
