"""Token overruns: how far replies exceed ``max_tokens``, which some endpoints ignore.

Overruns are computed from the results that a search observes, in their order, so a resumed search
computes the same. Until a model's first result its replies count as `UNLIMITED`, and only purchases
that fit even so are made beside others. After that it is assumed to keep limits, or to exceed them
by `MARGIN` more than it did at worst.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archive.records import Usage
from evolve.budget.ledger import Spend
from evolve.models.base import Models
from search_spaces.config import SystemConfig

PROPOSALS, VERDICTS = "(proposals)", "(verdicts)"
"""The name that stands for the models that propose and judge."""

UNLIMITED = 131_072
"""Tokens that a model's first replies may have, whatever their limit; hardly any writes more."""

MARGIN = 2.0
"""The factor by which a model's overrun may still grow."""


def models_of(config: SystemConfig) -> frozenset[str]:
    """The names of the models of a configuration's agents; "" is the default one."""
    return frozenset(agent.model or "" for agent in config.agents)


class Bound(NamedTuple):
    """The bound of calls whose replies keep their limits, and the part of the replies in it."""

    whole: Spend
    replies: Spend

    @classmethod
    def of(cls, usage: Usage, evaluations: int, models: Models) -> "Bound":
        """The bound of the calls of that many evaluations.

        Args:
            usage: Their worst case.
            evaluations: The number of evaluations.
            models: The models of the run; replies count at the highest price.
        """
        prices = (models[name].price for name in models.names)
        highest = max((price.completion for price in prices if price), default=0.0)
        usd = usage.usd and min(usage.usd, usage.completion_tokens * highest / 1e6)
        return cls(Spend.of(usage, evaluations), Spend(usd, tokens=usage.completion_tokens))

    def stretched(self, times: float) -> Spend:
        """The same calls if each reply were so many times as long."""
        return self.whole if times == 1 else self.whole.plus(self.replies.part(times - 1))

    @property
    def unlimited(self) -> float:
        """The ratio of replies of `UNLIMITED` tokens to their limit."""
        return max(1.0, UNLIMITED * self.whole.calls / max(1, self.replies.tokens))


class Overruns:
    """The largest token overrun of every model, as a multiple of what its calls were allowed."""

    def __init__(self, seen: Mapping[str, float] = {}) -> None:
        """Starts with known overruns.

        Args:
            seen: The largest overrun by name; 1 where limits were kept.
        """
        self.seen = dict(seen)

    def observe(self, names: Iterable[str], usage: Usage) -> None:
        """Observes the usage of calls that these models made together."""
        if not usage.calls:
            return
        allowed = usage.completion_tokens - usage.overrun
        times = usage.completion_tokens / allowed if usage.overrun else 1.0
        for name in names:
            self.seen[name] = max(times, self.seen.get(name, 1.0))

    def factor(self, names: Iterable[str]) -> float:
        """The factor by which models may exceed their limits, as far as observed."""
        worst = max((self.seen.get(name, 1.0) for name in names), default=1.0)
        return MARGIN * worst if worst > 1 else 1.0

    def covers(self, names: Iterable[str]) -> bool:
        """Whether each of these models has a result."""
        return all(name in self.seen for name in names)
