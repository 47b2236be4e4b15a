"""Calls that may have been billed and brought no answer: booked at once, at their worst case.

What is reserved for a purchase covers each of its calls once. So a call whose outcome is unknown is
booked besides, and made again only if the caps leave room for that, now or when others have
settled for less than was reserved for them.
"""

import asyncio

from archive.records import Run, Usage
from archive.store import Archive
from evolve.clock import Stopwatch
from evolve.ledger import Ledger, Spend

POLL_S = 0.1
"""Seconds between two looks at whether there is room."""

PATIENCE_S = 300.0
"""How long room is waited for; at most half of the time that is left by the run's cap."""


class Losses:
    """Books the lost calls of a run."""

    def __init__(self, archive: Archive, run: Run, ledger: Ledger, stopwatch: Stopwatch) -> None:
        """Has nothing to book yet.

        Args:
            archive: Where losses are kept.
            run: Who pays.
            ledger: What they are paid from.
            stopwatch: The run's clock.
        """
        self._archive = archive
        self._run = run
        self._ledger = ledger
        self._stopwatch = stopwatch
        self._waiting = 0

    async def lose(self, usage: Usage) -> bool:
        """See `evolve.models.base.Account.lose`; nobody waits for those who wait themselves."""
        self._archive.add_loss(self._run, usage)
        self._ledger.lose(Spend.of(usage, 0))
        self._waiting += 1
        until = self._stopwatch.seconds + self._patience_s
        try:
            while not self._ledger.has_room:
                if self._waiting >= self._ledger.under_way or self._stopwatch.seconds >= until:
                    return False
                await asyncio.sleep(POLL_S)
            return True
        finally:
            self._waiting -= 1

    @property
    def _patience_s(self) -> float:
        cap = self._ledger.budget.seconds
        return PATIENCE_S if cap is None else min(PATIENCE_S, (cap - self._stopwatch.seconds) / 2)
