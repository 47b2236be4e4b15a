"""What a run will take, before it is started.

Nothing is bought and nothing is searched. Systems that a search may meet (the seeds, and what
operators make of them) are tried on some of the user's tasks with simulated models in the place of
those to be paid, which says how many calls and tokens an evaluation takes. The budget says how many
evaluations.

``trying``    tries systems
``caps``      how many evaluations the budget allows
``warnings``  what is likely to disappoint
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from evolve import clock
from evolve.estimating.caps import Costs, affordable
from evolve.estimating.trying import Tried, try_systems
from evolve.estimating.warnings import warnings_of
from evolve.models.base import Model
from evolve.rehearsal import stand_in
from evolve.settings import RunSettings
from evolve.tasks.files import TaskSet

_BETTER = 0.5
"""The better part of those tried, who get most evaluations."""

_WIDTHS: Mapping[str, tuple[float, float]] = {
    "evaluations": (0.6, 0.8),
    "calls": (0.6, 0.8),
    "prompt_tokens": (0.6, 0.8),
    "completion_tokens": (0.6, 1.2),
    "usd": (0.25, 0.25),
    "seconds": (1.0, 1.5),
}
"""How far off an amount may be, relatively, where all models are simulated and where not."""

_BUSY = 0.5
"""The share of slots that are busy on average: the end of every race leaves some empty."""


@dataclass(frozen=True)
class Amount:
    """An expected amount and what it lies between, most of the time."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take; amounts that are not known are missing."""

    amounts: Mapping[str, Amount]
    """evaluations, calls, prompt_tokens, completion_tokens, usd, seconds"""
    binding: str
    """The cap that ends the search."""
    tried: int
    """Systems that it comes from."""
    stand_ins: tuple[str, ...]
    """Models in whose place simulated ones were asked."""
    warnings: tuple[str, ...]


def estimate(settings: RunSettings) -> Estimate:
    """Estimates a run.

    Args:
        settings: The run file.

    Raises:
        EvolveError: The run could not start: its tasks, seeds or models cannot be used.
    """
    tasks = settings.tasks.load(settings.seed)
    with TemporaryDirectory() as folder:
        every = [*tasks.train, *tasks.validation, *tasks.unseal()]
        rehearsed = stand_in(settings, every, Path(folder) / "answers.jsonl")
    tried = clock.run(try_systems(rehearsed, tasks), virtual=True)
    if not all(model.price for model in settings.models.values()):
        tried = [_unpriced(one) for one in tried]  # the stand-ins' own prices are nobody's
    total, binding = _extrapolated(settings, tasks, tried)
    return Estimate(
        amounts=_amounts(settings, total),
        binding=binding,
        tried=len(tried),
        stand_ins=tuple(name for name, model in settings.models.items() if not model.simulated),
        warnings=tuple(warnings_of(settings, tasks, total)),
    )


def _unpriced(tried: Tried) -> Tried:
    amounts = {name: amount for name, amount in tried.amounts.items() if name != "usd"}
    return tried._replace(amounts=amounts, worst=tried.worst._replace(usd=None))


def _extrapolated(
    settings: RunSettings, tasks: TaskSet, tried: Sequence[Tried]
) -> tuple[dict[str, float], str]:
    """The run's total amounts, and the cap that ends its search."""
    limit = settings.objective.cost_at_most
    able = [one for one in tried if limit is None or one.amounts.get("usd", 0.0) <= limit]
    ranked = sorted(able or tried, key=lambda one: -one.score)
    better = ranked[: max(1, round(_BETTER * len(ranked)))]
    search = _drifted(settings, _average([*better, *tried[len(tried) // 4 :]]))
    winner = _average(better[: max(1, len(better) // 2)])
    seed = max((one for one in tried if one.seed), key=lambda one: one.score).amounts
    confirmed = min(settings.confirm.tasks or tasks.sealed, tasks.sealed)
    dearest = _dearest(better, limit)
    costs = Costs(
        search,
        dearest,
        seed,
        max((one.worst for one in better), key=lambda worst: worst.tokens),
        confirmed,
    )
    count, binding = affordable(settings, len(tasks.validation), costs)
    total = {
        name: count * search[name] + confirmed * (winner[name] + seed[name]) for name in search
    }
    return total, binding


def _drifted(settings: RunSettings, amounts: Mapping[str, float]) -> dict[str, float]:
    """What an evaluation takes once the search has moved on to dearer models.

    A long search drifts to the models that do best, which cost most, up to what a task may cost.
    How far is not known beforehand: half-way, on a logarithmic scale.
    """
    prices = [model.price for model in settings.models.values() if model.price is not None]
    if "usd" not in amounts or not prices:
        return dict(amounts)
    prompt, completion = round(amounts["prompt_tokens"]), round(amounts["completion_tokens"])
    dear = max(price.usd(prompt, completion) for price in prices)
    if settings.objective.cost_at_most is not None:
        dear = min(dear, settings.objective.cost_at_most)
    return {**amounts, "usd": sqrt(amounts["usd"] * max(dear, amounts["usd"]))}


def _dearest(able: Sequence[Tried], limit: float | None) -> dict[str, float]:
    """What one takes that may still win and costs as much as allowed."""
    dear = sorted(able, key=lambda one: one.amounts["tokens"])[-max(1, len(able) // 10) :]
    amounts = _average(dear)
    return amounts if limit is None or "usd" not in amounts else {**amounts, "usd": limit}


def _average(tried: Sequence[Tried]) -> dict[str, float]:
    """What they take on average; what one of them does not know is left out."""
    names = [name for name in tried[0].amounts if all(name in one.amounts for one in tried)]
    return {name: mean(one.amounts[name] for one in tried) for name in names}


def _amounts(settings: RunSettings, total: Mapping[str, float]) -> dict[str, Amount]:
    paid = not all(model.simulated for model in settings.models.values())
    expected = {**total, "seconds": _seconds(settings, total)}
    amounts = {}
    for name, widths in _WIDTHS.items():
        if name in expected:
            width = 1 + widths[paid]
            amounts[name] = Amount(expected[name], expected[name] / width, expected[name] * width)
    cap = settings.budget.usd
    if cap is not None and "usd" in amounts:
        usd = amounts["usd"]
        amounts["usd"] = Amount(min(usd.expected, cap), min(usd.low, cap), min(usd.high, cap))
    return amounts


def _seconds(settings: RunSettings, total: Mapping[str, float]) -> float:
    """By latency and by the limits of the models' endpoints, whichever is slower."""
    longest = total["seconds"] / settings.concurrency / _BUSY
    for name, model in settings.models.items():
        calls, tokens = total.get(f"calls {name}", 0.0), total.get(f"tokens {name}", 0.0)
        for rate, amount in (("requests_per_minute", calls), ("tokens_per_minute", tokens)):
            limit = _option(model, rate)
            longest = max(longest, 60 * amount / limit if limit else 0.0)
    return longest


def _option(model: Model, name: str) -> Any:  # noqa: ANN401 - an option of some models
    return getattr(model, name, None)
