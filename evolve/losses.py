"""Calls that may have been billed and brought no answer: booked at once, at their worst case.

What is reserved for a purchase covers each of its calls once. So a call whose outcome is unknown is
booked besides, and made again only if the caps leave room for that.
"""

from archive.records import Run, Usage
from archive.store import Archive
from evolve.ledger import Ledger, Spend


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

    async def lose(self, usage: Usage) -> bool:
        """See `evolve.models.base.Account.lose`."""
        self._archive.add_loss(self._run, usage)
        return self._ledger.lose(Spend.of(usage, 0))
