"""Calls that may have been billed and brought no answer: booked at once, at their worst case.

What is reserved for a purchase covers each of its calls once. So a call whose outcome is unknown is
booked besides, and made again only if the caps leave room for that, now or when others have
settled for less than was reserved for them.
"""

import asyncio

from archive.records import Run, Usage
from archive.store import Archive
from evolve.ledger import Ledger, Spend

POLL_S, LOOKS = 0.1, 3_000
"""Seconds between two looks at whether there is room, and how many are taken."""


class Losses:
    """Books the lost calls of a run."""

    def __init__(self, archive: Archive, run: Run, ledger: Ledger) -> None:
        """Has nothing to book yet.

        Args:
            archive: Where losses are kept.
            run: Who pays.
            ledger: What they are paid from.
        """
        self._archive = archive
        self._run = run
        self._ledger = ledger
        self._waiting = 0

    async def lose(self, usage: Usage) -> bool:
        """See `evolve.models.base.Account.lose`; nobody waits for those who wait themselves."""
        self._archive.add_loss(self._run, usage)
        self._ledger.lose(Spend.of(usage, 0))
        self._waiting += 1
        try:
            for _ in range(LOOKS):
                if self._ledger.has_room:
                    return True
                if self._waiting >= self._ledger.under_way:
                    return False
                await asyncio.sleep(POLL_S)
            return False
        finally:
            self._waiting -= 1
