"""What a new run file is to say."""

import re
from dataclasses import dataclass
from pathlib import Path

from evolve.models.price import Price
from evolve.setup.init.guessing import Guess
from search_spaces.errors import ConfigError, unknown

USD = 5.0
"""The default cap where prices are known."""

_EVALUATIONS = 10
"""Evaluations for each task, a cap where prices are not known or 0.

By default, two fifths of the tasks compare systems, so it suffices for 25 systems on each of these.
"""

_LEAST, _MOST = 100, 1_000
"""Bounds of that cap."""

CONFIRMED = 200
"""Sealed tasks that a winner is confirmed on, where there are more."""


@dataclass(frozen=True)
class PlannedModel:
    """A model at the endpoint."""

    name: str
    """As the endpoint calls it."""
    price: Price | None = None

    @property
    def key(self) -> str:
        """What the run file calls it, without dots, so that `--set` can reach it."""
        return re.sub(r"[^A-Za-z0-9_]+", "-", self.name).strip("-") or "model"


@dataclass(frozen=True)
class Plan:
    """Everything that a new run file says of its own."""

    tasks: Path
    guess: Guess
    """Which field is what, and how answers are scored."""
    models: tuple[PlannedModel, ...]
    base_url: str = ""
    key_env: str = ""
    meta: str = ""
    """The meta-agent, by its name at the endpoint; empty: none."""
    usd: float | None = None
    evaluations: int | None = None
    leave_out: bool = False
    """Whether rows without text or answer are left out."""

    @property
    def priced(self) -> bool:
        """Whether a cap in USD holds and binds: every model has a price, and one is above 0."""
        prices = [model.price for model in self.models]
        return None not in prices and any(p.prompt + p.completion > 0 for p in prices if p)

    @property
    def suggested_evaluations(self) -> int:
        """A cap in evaluations that suits the number of tasks."""
        return min(max(_EVALUATIONS * self.guess.rows, _LEAST), _MOST)

    @property
    def meta_key(self) -> str:
        """What the run file calls the meta-agent.

        Raises:
            ConfigError: It is none of the models.
        """
        known = {name: model.key for model in self.models for name in (model.name, model.key)}
        if self.meta and self.meta not in known:
            raise unknown("model", self.meta, known)
        return known.get(self.meta, "")


def read_model(written: str) -> PlannedModel:
    """A model written as ``NAME`` or ``NAME=PROMPT/COMPLETION``, prices in USD per million tokens.

    Raises:
        ConfigError: It is not of that form.
    """
    name, equals, prices = written.strip().rpartition("=") if "=" in written else (written, "", "")
    name = name.strip()
    try:
        price = _price(prices) if equals else None
    except ValueError:
        raise ConfigError(
            f"{written!r:.80}: expected NAME, or NAME=PROMPT/COMPLETION with two prices in USD per "
            "million tokens, such as gpt-4.1-mini=0.4/1.6"
        ) from None
    if not name:
        raise ConfigError(f"{written!r:.80}: expected the name of a model")
    return PlannedModel(name, price)


def _price(written: str) -> Price:
    prompt, completion = map(float, written.split("/"))
    return Price(prompt=prompt, completion=completion)
