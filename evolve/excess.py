"""How far replies outgrow ``max_tokens``: some endpoints do not know that key.

What a model does is learned from the results that a search takes, in their order, so a resumed
search knows the same. Until a model's first result it is feared to ramble, and only purchases
that fit even so are made beside others. Then it is believed to keep limits, or to outgrow them by
some more than it did at worst.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archive.records import Usage
from evolve.ledger import Spend
from evolve.models.base import Models
from search_spaces.config import SystemConfig

PROPOSALS, VERDICTS = "(proposals)", "(verdicts)"
"""What stands for whichever models propose and judge."""

RAMBLING = 131_072
"""Tokens that a model's first replies may have, whatever is asked for; hardly any writes more."""

MARGIN = 2.0
"""How much further than so far a model may go that does not keep limits."""


def models_of(config: SystemConfig) -> frozenset[str]:
    """What stands for the models that a configuration's agents name; "" is the default one."""
    return frozenset(agent.model or "" for agent in config.agents)


class Bound(NamedTuple):
    """What calls take at most if replies keep their limits, and how much of it replies are."""

    whole: Spend
    replies: Spend

    @classmethod
    def of(cls, usage: Usage, evaluations: int, models: Models) -> "Bound":
        """The bound of calls that a run makes for that many evaluations.

        Args:
            usage: Their worst case.
            evaluations: How many.
            models: The run's; replies count at the price of the dearest.
        """
        prices = (models[name].price for name in models.names)
        dearest = max((price.completion for price in prices if price), default=0.0)
        usd = usage.usd and min(usage.usd, usage.completion_tokens * dearest / 1e6)
        return cls(Spend.of(usage, evaluations), Spend(usd, tokens=usage.completion_tokens))

    def stretched(self, times: float) -> Spend:
        """The same calls if each reply were so many times as long."""
        return self.whole if times == 1 else self.whole.plus(self.replies.part(times - 1))

    @property
    def rambling(self) -> float:
        """How many times as long as their limit replies of `RAMBLING` tokens would be."""
        return max(1.0, RAMBLING * self.whole.calls / max(1, self.replies.tokens))


class Excess:
    """The largest excess of every model, as a multiple of what its calls were allowed."""

    def __init__(self, seen: Mapping[str, float] = {}) -> None:
        """Starts with what is known.

        Args:
            seen: The largest excess by name; 1 where limits were kept.
        """
        self.seen = dict(seen)

    def learn(self, names: Iterable[str], usage: Usage) -> None:
        """Takes in what calls consumed that these models made together."""
        if not usage.calls:
            return
        allowed = usage.completion_tokens - usage.excess
        times = usage.completion_tokens / allowed if usage.excess else 1.0
        for name in names:
            self.seen[name] = max(times, self.seen.get(name, 1.0))

    def known(self, names: Iterable[str]) -> float:
        """How many times their limits models may use up, as far as they are known."""
        worst = max((self.seen.get(name, 1.0) for name in names), default=1.0)
        return MARGIN * worst if worst > 1 else 1.0

    def knows(self, names: Iterable[str]) -> bool:
        """Whether each of these models has brought a result."""
        return all(name in self.seen for name in names)
