"""Optuna's tree-structured Parzen estimator over the space's named choices.

TPE (Bergstra et al., "Algorithms for hyper-parameter optimization", 2011, section 4) models which
choices good candidates made. Its trials are rebuilt from the standings at every request, so it
always learns from posterior means as they are now and keeps no state of its own.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

from optuna import Trial, create_study, create_trial, logging, samplers
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import Field

from archive.records import Choice
from evolve.models.base import Models
from evolve.standings.view import ArchiveView
from evolve.strategies.base import Proposal, Strategy
from search_spaces.space import SearchSpace

Option = TypeVar("Option", bound="str | None")

ATTEMPTS = 5
"""Suggestions tried before one that is already known is accepted."""


class Tpe(Strategy):
    """Proposes whole configurations built from the choices that TPE suggests."""

    startup: int = Field(default=10, ge=0, description="Random candidates before TPE takes over.")

    async def ask(self, view: ArchiveView, models: Models, rng: Random) -> Proposal | None:
        """See `Strategy.ask`."""
        logging.set_verbosity(logging.WARNING)
        study = create_study(
            direction="maximize",
            sampler=samplers.TPESampler(n_startup_trials=self.startup, seed=rng.getrandbits(32)),
        )
        for candidate in view.evaluated:
            if candidate.choices:
                study.add_trial(
                    create_trial(
                        params=dict(candidate.choices),
                        distributions=_distributions(view.space, candidate.choices),
                        value=float(view.mean[candidate.number]),
                    )
                )
        for _ in range(ATTEMPTS):
            trial = study.ask()
            config = view.space.build(Suggested(trial))
            if view.find(config) is None:
                return Proposal(config, operator="tpe", choices=trial.params)
        return None


class Suggested:
    """Choices as Optuna suggests them."""

    def __init__(self, trial: Trial) -> None:
        """Takes the choices from a trial."""
        self._trial = trial

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        """See `search_spaces.building.Choices`."""
        return _option(options, self._trial.suggest_categorical(name, options))

    def integer(self, name: str, low: int, high: int) -> int:
        """See `search_spaces.building.Choices`."""
        return self._trial.suggest_int(name, low, high)

    def real(self, name: str, low: float, high: float) -> float:
        """See `search_spaces.building.Choices`."""
        return self._trial.suggest_float(name, low, high)


class _Repeated:
    """Choices as they were made before; notes from what they were made."""

    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self._choices = choices
        self.distributions: dict[str, BaseDistribution] = {}

    def categorical(self, name: str, options: Sequence[Option]) -> Option:
        self.distributions[name] = CategoricalDistribution(tuple(options))
        return _option(options, self._choices[name])

    def integer(self, name: str, low: int, high: int) -> int:
        self.distributions[name] = IntDistribution(low, high)
        chosen = self._choices[name]
        assert isinstance(chosen, int)
        return chosen

    def real(self, name: str, low: float, high: float) -> float:
        self.distributions[name] = FloatDistribution(low, high)
        chosen = self._choices[name]
        assert isinstance(chosen, float | int)
        return float(chosen)


def _option(options: Sequence[Option], chosen: Choice) -> Option:
    return next(option for option in options if option == chosen)


def _distributions(
    space: SearchSpace, choices: Mapping[str, Choice]
) -> dict[str, BaseDistribution]:
    repeated = _Repeated(choices)
    space.build(repeated)
    return repeated.distributions
