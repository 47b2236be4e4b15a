"""Warnings at half and four fifths of every cap, once, also across resumes."""

from archive.store import Archive
from evolve.budget.ledger import Budget
from evolve.budget.warnings import CapWarnings, warnings_of


def test_every_warning_is_issued_once() -> None:
    with Archive.in_memory() as archive:
        run = archive.create_run("a", 0, "{}", [])
        first = CapWarnings(archive, run, Budget(usd=2, calls=10))
        first.check({"usd": 0.9, "calls": 5}, 1.0)
        first.check({"usd": 0.9, "calls": 5}, 2.0)
        assert first.issued == ["50 % of the budget's 10 model calls is used"]
        resumed = CapWarnings(archive, run, Budget(usd=2, calls=10))
        resumed.check({"usd": 1.7, "calls": 5}, 3.0)
        assert resumed.issued == [
            "50 % of the budget's 2 USD is used",
            "80 % of the budget's 2 USD is used",
        ]
        assert warnings_of(archive, run) == first.issued + resumed.issued


def test_a_raised_cap_is_warned_of_again() -> None:
    with Archive.in_memory() as archive:
        run = archive.create_run("a", 0, "{}", [])
        CapWarnings(archive, run, Budget(calls=10)).check({"calls": 6}, 1.0)
        raised = CapWarnings(archive, run, Budget(calls=20))
        raised.check({"calls": 10}, 2.0)
        assert raised.issued == ["50 % of the budget's 20 model calls is used"]
