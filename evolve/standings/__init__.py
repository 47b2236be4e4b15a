"""Posterior mean and deviation of every candidate's true score, from scores on shared tasks.

table ──▶ fit (abilities, difficulties) ──▶ belief (mean scores, jointly) ──▶ mean, deviation,
  │        ▲ lineage: a child near its parents                                draws, covariance
  └──▶ costs (per evaluation, along the lineage)
"""

from evolve.standings.belief import Belief
from evolve.standings.standings import Observation, Standings
from evolve.standings.table import Floats

__all__ = ["Belief", "Floats", "Observation", "Standings"]
