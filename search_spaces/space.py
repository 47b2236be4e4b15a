"""The search space: limits, with projection, sampling and features."""

from collections.abc import Iterable
from functools import cached_property
from random import Random
from typing import Self

from pydantic import PrivateAttr

from search_spaces import features
from search_spaces.building import Choices, RandomChoices, build
from search_spaces.config import Demonstration, SystemConfig
from search_spaces.draft import Draft
from search_spaces.limits import Limits
from search_spaces.projection import fit

REMEMBERED = 1_000
"""How many configurations a space caches the features of."""


class SearchSpace(Limits):
    """What may be searched: written under ``space:`` in a run file, every key optional."""

    _training: tuple[Demonstration, ...] = PrivateAttr(default=())

    def with_training(self, examples: Iterable[Demonstration]) -> Self:
        """The same space, with worked examples of the training tasks to draw from.

        They are derived from the task file, so they are no part of the stored run file.
        """
        space = self.model_copy()
        space._training = tuple(examples)
        return space

    @property
    def examples(self) -> tuple[Demonstration, ...]:
        """The worked examples to draw from: the run file's own, then those of training tasks."""
        return (*self.demonstrations, *self._training)

    def project(self, config: SystemConfig) -> SystemConfig:
        """A configuration of the space near the given one; itself if it is in the space."""
        return config if not self.check(config) else self.fit(Draft.of(config))

    def fit(self, draft: Draft) -> SystemConfig:
        """A configuration of the space near the draft, which it changes."""
        return fit(draft, self)

    def sample(self, rng: Random) -> SystemConfig:
        """A random configuration of the space."""
        return self.build(RandomChoices(rng))

    def build(self, choose: Choices) -> SystemConfig:
        """The configuration that named choices build; see `building`."""
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
