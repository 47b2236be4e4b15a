"""Everything that determines one reply: model, landscape, question, prompt and noise."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from evolve.models.base import Request
from evolve.simulator.answer_key import Question
from evolve.simulator.draws import Noise
from evolve.simulator.landscape import Domain, Landscape
from evolve.simulator.profile import Profile
from evolve.simulator.prompt import Prompt
from evolve.simulator.reader import Reading


@dataclass(frozen=True, slots=True)
class LatentEffect:
    """Persistent effects of a question on a model beyond ability: standard normal draws."""

    family: float
    model: float
    approach: float


@dataclass(frozen=True)
class Situation:
    """The arguments of all mechanisms."""

    profile: Profile
    landscape: Landscape
    question: Question
    prompt: Prompt
    reading: Reading
    request: Request
    solving: LatentEffect
    """The noise that decides whether the answer is right."""
    pitfalls: LatentEffect
    """The noise that selects a wrong answer."""
    noise: Noise
    wrong: tuple[str, ...]
    """The question's plausible wrong answers, the most tempting first."""

    @property
    def domain(self) -> Domain:
        """The question's domain."""
        return self.question.domain

    @cached_property
    def aptitude(self) -> float:
        """The part of the noise that repeats with every sample; its variance is its share."""
        return self._repeating(self.solving)

    @cached_property
    def temptation(self) -> float:
        """A standard normal draw that selects the wrong answer, if it errs."""
        own = sqrt(self.own_share) * self.noise.normal("pitfall")
        return self._repeating(self.pitfalls) + own

    def _repeating(self, effect: LatentEffect) -> float:
        """The effects of a question on a family, a model and an approach, drawn once for each.

        A latent-variable model of correlated errors. ``alike`` domains move the samples' own noise
        into the family's, so that models err together and votes hardly help.
        """
        shares = self.profile.shares
        family = shares.family + self.domain.alike * self._left
        return (
            sqrt(family) * effect.family
            + sqrt(shares.model) * effect.model
            + sqrt(shares.approach) * effect.approach
        )

    @property
    def own_share(self) -> float:
        """The share of noise's variance that each sample draws anew."""
        return (1 - self.domain.alike) * self._left

    @property
    def _left(self) -> float:
        shares = self.profile.shares
        return 1 - shares.family - shares.model - shares.approach
