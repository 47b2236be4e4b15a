"""Profiles of simulated models: ability, habits, speed and price."""

import difflib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from evolve.models.price import Price
from evolve.simulator.files import read_yaml
from search_spaces.errors import ConfigError
from search_spaces.frozen import Frozen

_FOLDER = Path(__file__).parent / "profiles"


class Shares(Frozen):
    """How the unit variance of noise with a question splits; what is left is each sample's own.

    The first three repeat: they make errors correlate within a family, a model and an approach.
    Measured intraclass correlations of repeated runs lie between .16 and .75, mostly .4 to .64.
    """

    family: float = Field(default=0.2, ge=0, le=1, description="Common to models of one family.")
    model: float = Field(default=0.2, ge=0, le=1, description="The model's own.")
    approach: float = Field(
        default=0.1, ge=0, le=1, description="Common to prompts with the same instructions."
    )

    @model_validator(mode="after")
    def _leave_something(self) -> Self:
        if self.family + self.model + self.approach >= 1:
            raise ValueError("family, model and approach must sum to less than 1")
        return self


class Profile(Frozen):
    """A simulated model. Abilities and gains are on the probit scale: Φ(1) = .84."""

    name: str = Field(default="", description="The name; a shipped profile has its file's.")
    family: str = Field(description="Models of one family tend to err on the same questions.")
    ability: float = Field(description="Compared with a question's difficulty; both are around 0.")
    skills: dict[str, float] = Field(default={}, description="Extra ability by topic.")
    shares: Shares = Shares()
    clustering: float = Field(
        default=0.25, gt=0, lt=1, description="P(same wrong answer | two are wrong)."
    )

    thinking: float = Field(default=0.5, ge=0, description="k of the gain k·(x^β − 1).")
    returns: float = Field(default=0.35, gt=0, le=1, description="β of that gain.")
    attention: int = Field(default=4, ge=1, description="Procedures it can follow at once.")
    window: int = Field(default=1500, ge=1, description="Prompt tokens it reads without loss.")

    fidelity: float = Field(
        default=0.9, ge=0, le=1, description="Share of long messages that it understands."
    )
    conformity: float = Field(
        default=0.6, ge=0, description="The weight of a peer's answer; its own fresh answer has 1."
    )
    inertia: float = Field(default=0.7, ge=0, description="The weight of its own previous answer.")
    trust: float = Field(default=0.6, ge=0, le=1, description="The weight of a detected error.")
    catch: float = Field(
        default=0.55, gt=0, lt=1, description="The share of wrong answers that it flags."
    )
    false_alarm: float = Field(
        default=0.12, gt=0, lt=1, description="The share of right ones that it flags."
    )

    # Options as a designer do not change its answers: see `ReplyModel`.
    insight: float = Field(
        default=0.4,
        ge=0,
        le=1,
        repr=False,
        description="The share of designs that know what helps.",
    )
    blunders: float = Field(
        default=0.1, ge=0, le=1, repr=False, description="Share of invalid proposals."
    )

    tokens: float = Field(default=60, gt=0, description="Median length of a direct answer.")
    spread: float = Field(default=0.55, ge=0, description="Log-σ of the length.")
    latency_s: float = Field(default=1.0, ge=0, description="Median seconds for 100 tokens.")
    price: Price = Price(prompt=0.5, completion=2.0)
    refusals: float = Field(default=0.002, ge=0, lt=1, description="Share of calls it refuses.")
    malformed: float = Field(
        default=0.02, ge=0, lt=1, description="Share of replies that lack the requested last line."
    )


def profile_names() -> tuple[str, ...]:
    """The profiles that come with the package, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ConfigError: There is none; the message names the known ones and the nearest.
    """
    if name not in profile_names():
        nearest = difflib.get_close_matches(name, profile_names(), n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]!r}? " if nearest else ""
        raise ConfigError(f"unknown profile {name!r}; {hint}known: {', '.join(profile_names())}")
    return read_yaml(_FOLDER / f"{name}.yaml", Profile).model_copy(update={"name": name})


def _by_name(value: object) -> object:
    try:
        return load_profile(value) if isinstance(value, str) else value
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _written(profile: Profile) -> str | dict[str, Any]:
    shipped = profile.name in profile_names() and profile == load_profile(profile.name)
    return profile.name if shipped else profile.model_dump(mode="json", exclude_defaults=True)


ProfileOption = Annotated[
    Profile,
    BeforeValidator(_by_name),
    PlainSerializer(_written),
    WithJsonSchema({"type": ["string", "object"]}),
]
"""A profile, by name or inline."""
