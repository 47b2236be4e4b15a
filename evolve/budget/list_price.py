"""The list price of a system: its estimated cost before it is evaluated.

A rough sum over the calls that its plan has: prompts and replies of usual lengths, at their models'
prices. It is tens of percent off, but predicts cost ratios of children to parents well.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from archive.records import CostUnit
from evolve.models.price import Price
from search_spaces.config import SystemConfig

TASK_TOKENS = 300
"""Tokens of a task with its instructions."""

REPLY_TOKENS = 250
"""Tokens of a reply, also where other agents are shown it."""

BYTES_PER_TOKEN = 4

ListPrice: TypeAlias = Callable[[SystemConfig], float | None]
"""The list price of one evaluation in the run's unit of costs; None where it is not known."""

Charge: TypeAlias = Callable[[int, int], float]
"""What a call costs by its prompt and completion tokens."""


def unlisted(config: SystemConfig) -> float | None:
    """No price is known."""
    return None


def price_list(
    prices: Mapping[str, Price | None], default: str, unit: CostUnit = "usd"
) -> ListPrice:
    """The function that computes list prices.

    Args:
        prices: The prices of the models, by name.
        default: The model of agents that name none.
        unit: What costs are counted in.

    Returns:
        `unlisted` for USD where a price is missing or all are 0, because costs known for some only
        compare badly, and for seconds, which no price list holds.
    """
    charges = _charges(prices, unit)
    if not charges:
        return unlisted

    def listed(config: SystemConfig) -> float | None:
        if not {agent.model or default for agent in config.agents} <= charges.keys():
            return None
        inputs = [target for _, target in config.arrows("message")]
        again = [target for _, target in config.arrows("feedback")]
        total = 0.0
        for agent in config.agents:
            charge = charges[agent.model or default]
            prompt = TASK_TOKENS + len(agent.prompt) / BYTES_PER_TOKEN
            first = charge(int(prompt + REPLY_TOKENS * inputs.count(agent.name)), REPLY_TOKENS)
            total += agent.samples * first
            if again:
                shown = inputs.count(agent.name) + again.count(agent.name)
                later = charge(int(prompt + REPLY_TOKENS * shown), REPLY_TOKENS)
                total += agent.samples * (config.rounds - 1) * later
        return total

    return listed


def _charges(prices: Mapping[str, Price | None], unit: CostUnit) -> Mapping[str, Charge]:
    """What a call of each model costs, by name; empty if that is not known for all of them."""
    if unit == "tokens":
        return dict.fromkeys(prices, lambda prompt, completion: float(prompt + completion))
    if unit == "calls":
        return dict.fromkeys(prices, lambda prompt, completion: 1.0)
    known = {name: price for name, price in prices.items() if price is not None}
    free = not any(price.prompt + price.completion for price in known.values())
    if unit == "seconds" or free or len(known) < len(prices):
        return {}
    return {name: price.usd for name, price in known.items()}
