"""A simulated language model, with an answer key and a profile of abilities.

It reads the messages it is given as text, finds the question in its answer key and replies as a
model of given ability would, with a price and a latency. Every reply is a pure function of the
seed, the profile, the messages, the sampling parameters and the sample's index. ``reply_model``
combines the mechanisms; each names its source:

``answering``  ability against difficulty, gains from instructions, roles, examples and thinking,
               losses to bloat, contradiction and crowded contexts
``situation``  noise that repeats within a model and a family, so that errors are correlated
``plausible``  wrong answers that cluster
``checking``   detection of errors, and false alarms
``peers``      other agents' messages: fidelity, conformity, error amplification, division of work
``judging``    critics' verdicts and judges' choices
``acting``     delegation, routing, and tool calls
``lengths``    tokens and latency
``designing``  proposals as a meta-agent; ``remedies`` are its possible changes

``reader`` and ``prompt`` turn text into what these are functions of; ``replying`` and
``structured`` turn the outcome into text again.
"""

import asyncio
from dataclasses import replace
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from evolve.models.base import Model, Reply, Request
from evolve.simulator.answer_key import read_answer_key
from evolve.simulator.landscape import (
    GENERAL,
    AnswerSource,
    Landscape,
    LandscapeOption,
    load_landscape,
)
from evolve.simulator.profile import Profile, ProfileOption
from evolve.simulator.reply_model import ReplyModel
from search_spaces.config import SystemConfig
from search_spaces.errors import ConfigError, EvolveError


class Simulated(Model):
    """A simulated model; its price is its profile's by default."""

    profile: ProfileOption = Field(description="A shipped profile's name, or a profile.")
    landscape: LandscapeOption | None = Field(
        default=None,
        description="The landscape: its YAML file, or inline; none: one for tasks of any kind.",
    )
    answers: AnswerSource | None = Field(
        default=None, description="The answer key, instead of the landscape's."
    )
    pace: float = Field(
        default=1.0, ge=0, description="Multiplies the latency of replies; 0: none."
    )
    verbosity: float = Field(default=1.0, gt=0, description="Multiplies the length of replies.")
    prompts: float = Field(
        default=1.0, gt=0, description="Multiplies the tokens of prompts, as other tokenizers do."
    )
    untrusted: bool = Field(
        default=False,
        description="Whether caps allow for unanswered calls and overruns, as with real models.",
    )
    priced: bool = Field(
        default=True, description="Whether it has its profile's price where none is given."
    )
    seed: int = Field(
        default=0, description="Another seed gives another model of the same profile."
    )

    _reply_model: ReplyModel = PrivateAttr()
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
        self._reply_model = ReplyModel(self._altered(), landscape, questions, self.seed)
        if self.price is None and self.priced:
            object.__setattr__(self, "price", self.profile.price)
        return self

    @property
    def simulated(self) -> bool:
        """Always true."""
        return True

    @property
    def trusted(self) -> bool:
        """Whether replies keep their limits; not for the stand-in of a real model."""
        return not self.untrusted

    @property
    def world(self) -> Landscape:
        """The landscape, however it was given."""
        return self._reply_model.landscape

    @property
    def optimum(self) -> SystemConfig | None:
        """The best known system of its landscape, for measuring searches."""
        known = self.world.optimum
        return None if known is None else SystemConfig.model_validate(known.system)

    @property
    def identity(self) -> str:
        """See `Model.identity`; cached, since plans read it often."""
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
        reply = self._reply_model.reply(request)
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
            return self.profile  # whose replies depend on its text
        return self.profile.model_copy(update={"tokens": self.profile.tokens * self.verbosity})
