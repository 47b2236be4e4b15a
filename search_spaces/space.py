"""The search space: its limits, and what a search does with them."""

from functools import cached_property
from random import Random

from search_spaces import features
from search_spaces.building import Choices, RandomChoices, build
from search_spaces.config import SystemConfig
from search_spaces.draft import Draft
from search_spaces.limits import Limits
from search_spaces.projection import fit

REMEMBERED = 1_000
"""Configurations of which a space remembers the features: a search asks for the same ones often."""


class SearchSpace(Limits):
    """What may be searched: written under ``space:`` in a run file, every key optional."""

    def project(self, config: SystemConfig) -> SystemConfig:
        """A configuration of the space near the given one; itself if it is in the space."""
        return config if not self.check(config) else self.fit(Draft.of(config))

    def fit(self, draft: Draft) -> SystemConfig:
        """A configuration of the space near the draft, which is used up."""
        return fit(draft, self)

    def sample(self, rng: Random) -> SystemConfig:
        """A random configuration of the space."""
        return self.build(RandomChoices(rng))

    def build(self, choose: Choices) -> SystemConfig:
        """The configuration that named choices make; see `building`."""
        return build(self, choose)

    def features(self, config: SystemConfig) -> dict[str, float]:
        """The configuration as numbers; within one space, the keys are always the same."""
        known = self._known_features
        if config.id not in known:
            if len(known) == REMEMBERED:
                known.clear()
            known[config.id] = features.features(config, self)
        return dict(known[config.id])

    @cached_property
    def _known_features(self) -> dict[str, dict[str, float]]:
        return {}
