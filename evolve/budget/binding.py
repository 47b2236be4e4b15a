"""Refuses budgets whose caps cannot bind: such a run would never end, or buy nothing."""

from collections.abc import Iterable

from evolve.budget.ledger import NO_PRICE, Budget
from evolve.errors import BudgetError
from evolve.models.price import Price


def require_binding(budget: Budget, prices: Iterable[Price | None]) -> None:
    """Refuses a budget that caps USD where prices are unknown, or USD only where they are 0.

    Args:
        budget: The caps of a run.
        prices: The prices of the models that it calls as long as it goes on.

    Raises:
        BudgetError: No cap can be reached, or a price is missing; the message names others.
    """
    prices = list(prices)
    if budget.usd is not None and None in prices:
        raise BudgetError(NO_PRICE)
    if set(budget.model_dump(exclude_none=True)) != {"usd"}:
        return
    if all(price is not None and not price.prompt + price.completion for price in prices):
        raise BudgetError(
            "budget.usd never ends the run, because the price of every model that it calls is 0; "
            "cap something else, as in `budget: {evaluations: 2000}`, or calls, tokens or seconds"
        )
