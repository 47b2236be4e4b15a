"""How far replies outgrow ``max_tokens``: some endpoints do not know that key.

What a model does is learned from the results that a search takes, in their order, so a resumed
search knows the same. Until a model's first result it is feared to ramble, and only purchases
that fit even so are made beside others. Then it is believed to keep limits, or to outgrow them by
some more than it did at worst.
"""

from collections.abc import Iterable, Mapping

from archive.records import Usage
from search_spaces.config import SystemConfig

PROPOSALS, VERDICTS = "(proposals)", "(verdicts)"
"""What stands for whichever models propose and judge."""

UNKNOWN = 64.0
"""How many times as long as asked for a model's first replies may be; hardly any writes more."""

MARGIN = 2.0
"""How much further than so far a model may go that does not keep limits."""


def models_of(config: SystemConfig) -> frozenset[str]:
    """What stands for the models that a configuration's agents name; "" is the default one."""
    return frozenset(agent.model or "" for agent in config.agents)


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

    def feared(self, names: Iterable[str]) -> float:
        """The same, with the worst believed of those that are not known yet."""
        names = list(names)
        unknown = any(name not in self.seen for name in names)
        return max(UNKNOWN if unknown else 1.0, self.known(names))
