"""A budget must be one that a run can reach."""

import pytest

from evolve.budget.binding import require_binding
from evolve.budget.ledger import Budget
from evolve.errors import BudgetError
from evolve.models.base import Price

FREE, PRICED = Price(prompt=0, completion=0), Price(prompt=0, completion=1)


def test_a_cap_in_usd_alone_is_refused_where_every_model_is_free() -> None:
    with pytest.raises(BudgetError, match=r"cap something else, as in `budget: \{evaluations"):
        require_binding(Budget(usd=1), [FREE, FREE])


def test_other_budgets_bind() -> None:
    require_binding(Budget(usd=1), [FREE, PRICED])
    require_binding(Budget(usd=1, calls=10), [FREE])
    require_binding(Budget(calls=10), [FREE])
    require_binding(Budget(calls=10), [None])


def test_a_cap_in_usd_needs_every_price() -> None:
    with pytest.raises(BudgetError, match=r"a model has no price"):
        require_binding(Budget(usd=1, calls=10), [PRICED, None])
