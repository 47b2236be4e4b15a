"""All that bears on one reply: the model, the world, the question, the prompt and luck."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from evolve.models.base import Request
from evolve.models.simulated.answer_key import Question
from evolve.models.simulated.draws import Luck
from evolve.models.simulated.landscape import Domain, Landscape
from evolve.models.simulated.profile import Profile
from evolve.models.simulated.prompt import Prompt
from evolve.models.simulated.reader import Reading


@dataclass(frozen=True, slots=True)
class Bent:
    """How a question suits whoever answers it, beyond ability: standard normal draws that stay."""

    family: float
    model: float
    approach: float


@dataclass(frozen=True)
class Situation:
    """What the mechanisms are functions of."""

    profile: Profile
    landscape: Landscape
    question: Question
    prompt: Prompt
    reading: Reading
    request: Request
    solving: Bent
    """For coming to the right answer."""
    pitfalls: Bent
    """For which wrong answer comes instead."""
    luck: Luck
    wrong: tuple[str, ...]
    """The question's plausible wrong answers, the most tempting first."""

    @property
    def domain(self) -> Domain:
        """The question's domain."""
        return self.question.domain

    @cached_property
    def aptitude(self) -> float:
        """The part of luck in solving that repeats with every sample; its variance is its share."""
        return self._repeating(self.solving)

    @cached_property
    def temptation(self) -> float:
        """A standard normal draw: which wrong answer it falls for, if it errs."""
        own = sqrt(self.own_share) * self.luck.normal("pitfall")
        return self._repeating(self.pitfalls) + own

    def _repeating(self, bent: Bent) -> float:
        """What a question does to a family, a model and an approach, drawn once for each.

        A latent-variable model of correlated errors. ``alike`` domains move the samples' own luck
        into the family's, so that models err there in unison and votes hardly help.
        """
        shares = self.profile.shares
        family = shares.family + self.domain.alike * self._left
        return (
            sqrt(family) * bent.family
            + sqrt(shares.model) * bent.model
            + sqrt(shares.approach) * bent.approach
        )

    @property
    def own_share(self) -> float:
        """The share of luck's variance that each sample draws anew."""
        return (1 - self.domain.alike) * self._left

    @property
    def _left(self) -> float:
        shares = self.profile.shares
        return 1 - shares.family - shares.model - shares.approach
