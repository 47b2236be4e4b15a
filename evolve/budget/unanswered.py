"""Calls that may have been billed and brought no answer: booked at once, at their worst case.

What is reserved for a purchase covers each of its calls once. A call whose outcome is unknown is
booked besides, for no more than was reserved for it, and made again only if the caps leave room for
that, now or when others have settled for less than was reserved for them.
"""

import asyncio

from archive.records import Run, Usage
from archive.store import Archive
from evolve.budget.calls import PURCHASE, CallReservations
from evolve.budget.ledger import Spend
from evolve.clock import Stopwatch

POLL_S = 0.1
"""Seconds between two checks for room."""

PATIENCE_S = 300.0
"""Seconds to wait for room; at most half of the time left by the run's cap."""


class Losses:
    """Books the unanswered calls of a run."""

    def __init__(
        self, archive: Archive, run: Run, calls: CallReservations, stopwatch: Stopwatch
    ) -> None:
        """Has nothing to book yet.

        Args:
            archive: The archive that records them.
            run: The run that they are charged to.
            calls: The reservations.
            stopwatch: The run's clock.
        """
        self._archive = archive
        self._run = run
        self._calls = calls
        self._ledger = calls.ledger
        self._stopwatch = stopwatch
        self._waiting = 0

    async def lose(self, usage: Usage) -> bool:
        """See `evolve.models.base.Account.lose`; calls that wait here do not block each other."""
        usage = within(usage, self._calls.reserved(PURCHASE.get()))
        self._archive.add_loss(self._run, usage)
        self._ledger.lose(Spend.of(usage, 0))
        self._waiting += 1
        until = self._stopwatch.seconds + self._patience_s
        try:
            while not self._ledger.has_room:
                if (
                    self._waiting + self._calls.stuck >= self._ledger.under_way
                    or self._stopwatch.seconds >= until
                ):
                    return False
                await asyncio.sleep(POLL_S)
            return True
        finally:
            self._waiting -= 1

    @property
    def _patience_s(self) -> float:
        cap = self._ledger.budget.seconds
        return PATIENCE_S if cap is None else min(PATIENCE_S, (cap - self._stopwatch.seconds) / 2)


def within(usage: Usage, reserved: Spend | None) -> Usage:
    """The amount booked for an unanswered call: no more than was reserved for it.

    Args:
        usage: The upper bound of its cost.
        reserved: Its reservation; None where that is unknown.
    """
    if reserved is None or usage.usd is None or reserved.usd is None:
        return usage
    tokens = max(0, min(usage.completion_tokens, reserved.tokens - usage.prompt_tokens))
    changed = {"completion_tokens": tokens, "usd": min(usage.usd, reserved.usd)}
    return usage.model_copy(update=changed)
