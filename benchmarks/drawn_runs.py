"""Random runs by number: models, landscapes, prices and strategies.

They cover plausible user settings, wider than the estimate's stand-ins: replies of 30 to 130
tokens, prices up to 40 times apart, abilities that prices hardly predict. Those below 200 were used
while the estimate was written; those from 200 on were not.
"""

from collections.abc import Mapping
from math import exp, log
from random import Random
from typing import Any

_CAPS = ("calls", "usd", "tokens", "evaluations")
"""Used in turn, so that four consecutive runs have all of them."""

_REWARDED = ("step_by_step", "verify", "plan", "restate", "principle", "alternatives", "tabulate")

_STRATEGIES = ("default", "default", "default", "genetic", "tpe", "random", "reflective")
_ALLOCATORS = ("value", "value", "value", "racing", "thompson")


def drawn_run(number: int) -> dict[str, Any]:
    """A run as `estimated_runs` writes them, its `profiles` and `world` written out."""
    rng = Random(f"drawn/{number}")
    prices = sorted(_about(rng, 0.05, 2.0) for _ in range(rng.choice((1, 2, 2, 3))))
    names = [f"model{place}" for place in range(len(prices))]
    models = {name: _priced(name, price) for name, price in zip(names, prices, strict=True)}
    profiles = {name: _profile(rng, price) for name, price in zip(names, prices, strict=True)}
    strategy: Any = rng.choice(_STRATEGIES)
    if strategy == "reflective" or (strategy == "default" and rng.random() < 0.3):
        models["meta"] = _priced("meta", 1.0)
        profiles["meta"] = _profile(rng, 1.0)
        strategy = {strategy: {"model": "meta"}}
    cap = _CAPS[number % len(_CAPS)]
    return {
        "served": number % 2 == 1,
        "tasks": rng.choice(("problems", "quickstart_simulated")),
        "models": models,
        "profiles": profiles,
        "world": _world(rng),
        "space": {"models": names, "agents": [1, rng.choice((3, 4, 5))]},
        "strategy": strategy,
        "allocator": rng.choice(_ALLOCATORS),
        "objective": _objective(rng, prices),
        "budget": {cap: _size(rng, cap, prices)},
        "confirm": {"tasks": rng.choice((60, 80, 100))},
    }


def _about(rng: Random, low: float, high: float) -> float:
    """A log-uniform number between the two."""
    return exp(rng.uniform(log(low), log(high)))


def _priced(name: str, price: float) -> dict[str, Any]:
    return {"model": name, "price": {"prompt": round(price, 3), "completion": round(4 * price, 3)}}


def _profile(rng: Random, price: float) -> dict[str, Any]:
    """Abilities that rise with prices."""
    return {
        "family": rng.choice(("cedar", "dogwood", "elm", "fir")),
        "ability": 0.35 + 0.2 * log(price / 0.3) + rng.gauss(0.0, 0.25),
        "tokens": round(_about(rng, 30, 130)),
        "spread": rng.uniform(0.4, 0.75),
        "thinking": rng.uniform(0.3, 0.5),
        "attention": rng.randint(3, 6),
        "window": rng.choice((1000, 2000, 4000, 6000)),
        "conformity": rng.uniform(0.4, 0.8),
        "insight": rng.uniform(0.2, 0.8),
        "latency_s": rng.uniform(0.4, 2.5),
    }


def _world(rng: Random) -> dict[str, Any]:
    rewards = {name: rng.uniform(0.05, 0.25) for name in rng.sample(_REWARDED, 4)}
    return {
        "seed": rng.randrange(1000),
        "elsewhere": {
            "difficulty": rng.uniform(-0.2, 0.5),
            "variety": rng.uniform(0.5, 0.9),
            "rewards": {**rewards, "hasty": -0.2},
            "kind": rng.choice(("plain", "plain", "sequential", "parallel", "tools")),
            "echo": rng.uniform(0.1, 0.3),
            "checkable": rng.uniform(0.1, 0.5),
        },
    }


def _objective(rng: Random, prices: list[float]) -> Mapping[str, Any]:
    """A cost limit per task for half of the runs: a few thousand tokens of a medium model."""
    if rng.random() < 0.5:
        return {}
    return {"cost_at_most": round(prices[len(prices) // 2] * rng.uniform(2e-3, 8e-3), 5)}


def _size(rng: Random, cap: str, prices: list[float]) -> float:
    """A budget of some thousands of calls."""
    calls = _about(rng, 3_000, 12_000)
    if cap == "calls":
        return round(calls)
    if cap == "evaluations":
        return round(calls / 4)
    if cap == "tokens":
        return round(400 * calls)
    usual = exp(sum(map(log, prices)) / len(prices))
    return round(600e-6 * usual * calls, 2)
