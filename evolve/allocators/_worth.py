"""The value of one more evaluation: the expected gain in the winner's score per unit of cost.

All formulas are about a candidate whose expected score is ``δ`` above the leader's (δ < 0), with
deviation σ. ``σ·h(δ/σ)``, h(z) = φ(z) + zΦ(z), is the expected gain of the better of the two over
the leader (expected improvement: Jones, Schonlau & Welch, "Efficient global optimization", 1998,
equation 15).
"""

from math import pi, sqrt

import numpy as np
from scipy.special import ndtr

from evolve.standings import Floats

BATCHES = 2.0 ** np.arange(9)
"""Batch sizes among which the knowledge gradient looks for the best rate."""


def improvement(difference: Floats, deviation: Floats) -> Floats:
    """The expected gain of the better of candidate and leader over the leader."""
    sigma = np.maximum(deviation, 1e-9)
    z = difference / sigma
    gain: Floats = sigma * (np.exp(-0.5 * z * z) / sqrt(2.0 * pi) + z * ndtr(z))
    return np.maximum(gain, 0.0)


def rate(difference: Floats, variance: Floats, noise: Floats, cost: Floats, entry: float) -> Floats:
    """The highest expected gain per unit of cost, over the batch sizes.

    The knowledge gradient with batches (Frazier & Powell, "Paradoxes in learning and the marginal
    value of information", 2010: KG(*)): m evaluations of a candidate whose mean has variance u and
    whose scores have variance ν move its posterior mean by ``σ_m² = u · mu / (mu + ν)``.

    Args:
        difference: Expected score minus the leader's, shape (n,).
        variance: The variance of the candidate's mean, shape (n,).
        noise: The variance of one score, shape (n,).
        cost: The cost of one evaluation, shape (n,).
        entry: A fixed cost before the first evaluation.
    """
    known = BATCHES[:, None] * variance
    moved = np.sqrt(variance * known / (known + noise))
    gains = improvement(difference, moved) / (BATCHES[:, None] * cost + entry)
    best: Floats = gains.max(axis=0)
    return best
