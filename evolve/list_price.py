"""What a system would cost by the price list, before anybody has evaluated it.

A rough sum over the calls that its plan has: prompts and replies of usual lengths, at their models'
prices. It is tens of percent off, but children differ from their parents in cost mostly as it says.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from evolve.models.base import Price
from search_spaces.config import SystemConfig

TASK_TOKENS = 300
"""Of a task with its instructions."""

REPLY_TOKENS = 250
"""Of a reply, and of each that others are shown."""

BYTES_PER_TOKEN = 4

ListPrice: TypeAlias = Callable[[SystemConfig], float | None]
"""The list price of one evaluation in USD; None where it is not known."""


def unlisted(config: SystemConfig) -> float | None:
    """No price is known."""
    return None


def price_list(prices: Mapping[str, Price | None], default: str) -> ListPrice:
    """What list prices are worked out by.

    Args:
        prices: Of the models, by name.
        default: Who answers where a system names no model.

    Returns:
        `unlisted` where a price is missing or all are 0: costs known for some only compare badly.
    """
    known = {name: price for name, price in prices.items() if price is not None}
    if len(known) < len(prices) or not any(p.prompt + p.completion for p in known.values()):
        return unlisted

    def listed(config: SystemConfig) -> float | None:
        if not {agent.model or default for agent in config.agents} <= known.keys():
            return None
        heard = [target for _, target in config.arrows("message")]
        again = [target for _, target in config.arrows("feedback")]
        total = 0.0
        for agent in config.agents:
            price = known[agent.model or default]
            told = TASK_TOKENS + len(agent.prompt) / BYTES_PER_TOKEN
            first = price.usd(int(told + REPLY_TOKENS * heard.count(agent.name)), REPLY_TOKENS)
            total += agent.samples * first
            if again:
                shown = heard.count(agent.name) + again.count(agent.name)
                later = price.usd(int(told + REPLY_TOKENS * shown), REPLY_TOKENS)
                total += agent.samples * (config.rounds - 1) * later
        return total

    return listed
