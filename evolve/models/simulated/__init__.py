"""A simulated language model: it knows the answers, and gives them as well as its profile could.

It reads the messages it is given as text, finds the question in its answer key and replies as a
model of given ability would, at a price and after a while. Every reply is a pure function of the
seed, the profile, the messages, the sampling parameters and the sample's index. ``mind`` puts the
mechanisms together; each has its source beside it:

``answering``  ability against difficulty, gains from instructions, roles, examples and thinking,
               losses to bloat, contradiction and crowded contexts
``situation``  luck that repeats within a model and a family, so that errors are correlated
``plausible``  wrong answers that cluster
``checking``   finding faults, and finding them where there are none
``peers``      hearing others: fidelity, conformity, error amplification, division of work
``judging``    critics' verdicts and judges' choices
``acting``     asking colleagues, choosing who works, and acting on the world by tools
``lengths``    tokens and latency
``designing``  proposals of a meta-agent, from what it is shown; ``remedies`` are what it may try

``reader`` and ``prompt`` turn text into what these are functions of; ``replying`` and
``structured`` turn the outcome into text again.
"""

import asyncio
from dataclasses import replace
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from evolve.models.base import Model, Reply, Request
from evolve.models.simulated.answer_key import read_answer_key
from evolve.models.simulated.landscape import (
    GENERAL,
    AnswerSource,
    Landscape,
    LandscapeOption,
    load_landscape,
)
from evolve.models.simulated.mind import Mind
from evolve.models.simulated.profile import Profile, ProfileOption
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError, EvolveError


class Simulated(Model):
    """A model that is computed; it costs what its profile says if nothing else is said."""

    profile: ProfileOption = Field(description="A shipped profile's name, or a profile.")
    landscape: LandscapeOption | None = Field(
        default=None,
        description="The world it works in: its YAML file, or written out; "
        "none: one for tasks of any kind.",
    )
    answers: AnswerSource | None = Field(
        default=None, description="The answer key, instead of the landscape's."
    )
    pace: float = Field(
        default=1.0, ge=0, description="Multiplies how long replies take; 0: no time at all."
    )
    verbosity: float = Field(default=1.0, gt=0, description="Multiplies how long replies are.")
    prompts: float = Field(
        default=1.0, gt=0, description="Multiplies the tokens of prompts, as other tokenizers do."
    )
    feared: bool = Field(
        default=False,
        description="Caps allow for replies that are lost or too long, as with models to be paid.",
    )
    priced: bool = Field(
        default=True, description="Whether it has its profile's price where none is given."
    )
    seed: int = Field(default=0, description="Another seed is another model of the same make.")

    _mind: Mind = PrivateAttr()
    _identity: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _load(self) -> Self:
        given = GENERAL if self.landscape is None else self.landscape
        try:
            landscape = given if isinstance(given, Landscape) else load_landscape(given)
            source = self.answers or landscape.answers
            if source is None:
                raise ConfigError("the landscape has no answer key; give one as `answers`")
            questions = read_answer_key(source, landscape)
        except EvolveError as error:
            raise ValueError(str(error)) from None
        self._mind = Mind(self._altered(), landscape, questions, self.seed)
        if self.price is None and self.priced:
            object.__setattr__(self, "price", self.profile.price)
        return self

    @property
    def simulated(self) -> bool:
        """Always: replies are computed."""
        return True

    @property
    def vouched(self) -> bool:
        """Unless it stands in for a model of which nobody knows."""
        return not self.feared

    @property
    def world(self) -> Landscape:
        """The landscape it works in, however that was given."""
        return self._mind.landscape

    @property
    def optimum(self) -> SystemConfig | None:
        """The best system that its landscape knows of, for those who judge searches."""
        known = self.world.optimum
        return None if known is None else SystemConfig.model_validate(known.system)

    @property
    def identity(self) -> str:
        """See `Model.identity`; worked out once, since plans ask for it again and again."""
        if self._identity is None:
            self._identity = super().identity
        return self._identity

    async def complete(self, request: Request) -> Reply:
        """Answers a request, after the time that its reply takes."""
        reply = self.reply(request)
        await asyncio.sleep(reply.latency_s)
        return reply

    def reply(self, request: Request) -> Reply:
        """The reply to a request, at once."""
        reply = self._mind.reply(request)
        if self.pace == self.prompts == 1:
            return reply
        return replace(
            reply,
            latency_s=reply.latency_s * self.pace,
            prompt_tokens=round(reply.prompt_tokens * self.prompts),
        )

    def _altered(self) -> Profile:
        """The profile, as far as options change it."""
        if self.verbosity == 1:
            return self.profile  # whose replies depend on how it is written
        return self.profile.model_copy(update={"tokens": self.profile.tokens * self.verbosity})
