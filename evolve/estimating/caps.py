"""How many evaluations a budget allows."""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from evolve.admission import MARGIN
from evolve.errors import BudgetError
from evolve.ledger import Spend
from evolve.settings import RunSettings

_NEWCOMER, _VETERAN = 10, 60
"""Evaluations of the dearest contender and of the best seed, about, when the search ends; the more
there are, the smaller is the margin of what is set aside to confirm them."""


class Costs(NamedTuple):
    """What purchases take on average."""

    search: Mapping[str, float]
    """One evaluation of the search."""
    dearest: Mapping[str, float]
    """One evaluation of the dearest system that may still win."""
    seed: Mapping[str, float]
    """One evaluation of the best seed."""
    worst: Spend
    """The worst case of one evaluation, which must fit before it is bought."""
    confirmed: int
    """Tasks that the winner is confirmed on."""


def affordable(settings: RunSettings, validation: int, costs: Costs) -> tuple[float, str]:
    """How many evaluations the search can buy, and the cap that ends it.

    Args:
        settings: The run, with its budget.
        validation: How many validation tasks there are.
        costs: What purchases take.

    Raises:
        BudgetError: There is a cap in USD and a price is unknown.
    """
    budget = settings.budget
    if budget.usd is not None and "usd" not in costs.search:
        raise BudgetError(
            "budget.usd caps the spend but a model has no price; give every model "
            "`price: {prompt: …, completion: …}` in USD per million tokens"
        )
    counts = {
        name: _within(cap, name, costs)
        for name in Spend._fields
        if (cap := getattr(budget, name)) is not None and name in costs.search
    }
    if budget.candidates is not None:
        counts["candidates"] = float(budget.candidates * validation)
    if budget.seconds is not None:
        counts["seconds"] = budget.seconds * settings.concurrency / costs.search["seconds"]
    binding = min(counts, key=lambda name: counts[name])
    return max(counts[binding], 0.0), binding


def _within(cap: float, name: str, costs: Costs) -> float:
    aside = costs.dearest[name] * _margin(name, _NEWCOMER)
    aside += costs.seed[name] * _margin(name, _VETERAN)
    left = cap - costs.confirmed * aside - (getattr(costs.worst, name) or 0.0)
    return left / costs.search[name]


def _margin(name: str, seen: int) -> float:
    return 1.0 if name == "evaluations" else 1 + MARGIN / sqrt(seen)
