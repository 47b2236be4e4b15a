"""Niches: the best candidate of each cell of a grid, as in MAP-Elites (Mouret and Clune, 2015).

A niche is a cell in a grid over features of configurations, such as how many agents there are.
"""

from collections.abc import Sequence
from math import floor, isnan, log2
from random import Random

from pydantic import Field, PositiveFloat, field_validator

from archive import fronts
from archive.records import Candidate
from evolve.standings.view import ArchiveView
from evolve.strategies.parts.survival.base import Survival
from search_spaces.errors import unknown
from search_spaces.library import system
from search_spaces.space import SearchSpace

Niche = tuple[int, ...]


class Niches(Survival):
    """The best of each cell of a grid over features of systems."""

    by: dict[str, PositiveFloat] = Field(
        default={"agents": 1, "rounds": 1, "cost": 1},
        min_length=1,
        description="Features and the widths of their cells: any feature of a configuration "
        "(`agents`, `depth`, `calls`, `rounds`, …), or `cost`, in doublings of the cost.",
    )

    @field_validator("by")
    @classmethod
    def _known(cls, by: dict[str, float]) -> dict[str, float]:
        known = [*SearchSpace().features(system("single")), "cost"]
        for name in by:
            if name not in known and not name.startswith("model."):
                raise ValueError(str(unknown("feature", name, known)))
        return by

    def survivors(self, view: ArchiveView, rng: Random) -> Sequence[Candidate]:
        """See `Survival.survivors`."""
        niches = {each.number: self.niche(view, each) for each in view.evaluated}
        standings = [view.standing(each.number) for each in view.evaluated]
        elites = fronts.elites(standings, niches, epsilon=view.objective.epsilon)
        return [view.candidates[each.candidate] for each in elites.values()]

    def niche(self, view: ArchiveView, candidate: Candidate) -> Niche:
        """The cell of a candidate; features that the space does not have are 0."""
        cost = float(view.cost[candidate.number])
        doublings = -99.0 if isnan(cost) or cost <= 0 else log2(cost)
        features = {**view.features(candidate.number), "cost": doublings}
        return tuple(floor(features.get(name, 0.0) / width) for name, width in self.by.items())
