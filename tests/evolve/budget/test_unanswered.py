"""A lost call is booked at no more than was reserved for it."""

from archive.records import Usage
from evolve.budget.ledger import Spend
from evolve.budget.unanswered import within


def test_what_was_reserved_bounds_what_a_lost_call_is_booked_at() -> None:
    usage = Usage(calls=1, prompt_tokens=100, completion_tokens=900, usd=0.5)
    booked = within(usage, Spend(usd=0.2, calls=1, tokens=400))
    assert (booked.usd, booked.prompt_tokens, booked.completion_tokens) == (0.2, 100, 300)
    assert within(usage, Spend(usd=0.9, calls=1, tokens=4000)) == usage
    assert within(usage, None) == usage
