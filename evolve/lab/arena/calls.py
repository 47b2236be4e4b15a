"""The archive of a match, whose call cache all matches of an arena share.

A reply that another match paid for is booked like any other. Simulated models need no cache and
never open the shared file.
"""

from collections.abc import Mapping
from typing import Self

from archive.records import Run
from archive.shared_replies import SharedReplies
from archive.store import Archive


class MatchArchive(Archive):
    """The archive of a match, in memory; its call cache is shared with the other matches."""

    _shared: SharedReplies
    _found: set[bytes]
    _made: set[bytes]

    @classmethod
    def sharing(cls, shared: SharedReplies) -> Self:
        """An empty archive whose replies are also looked for, and kept, in a shared file."""
        archive = cls.in_memory()
        archive._shared, archive._found, archive._made = shared, set(), set()
        return archive

    @property
    def calls_made(self) -> int:
        """How many different requests models were asked."""
        return len(self._made)

    @property
    def calls_saved(self) -> int:
        """How many different requests earlier matches had paid for."""
        return len(self._found - self._made)

    def reply(self, key: bytes) -> str | None:
        """The reply with that key, of this match or another one."""
        if (body := super().reply(key)) is not None:
            return body
        body = self._shared.find(key)
        if body is not None:
            self._found.add(key)
        return body

    def add_replies(self, run: Run, bodies: Mapping[bytes, str]) -> None:
        """Adds replies to this archive and to the shared file."""
        super().add_replies(run, bodies)
        self._shared.add(bodies)
        self._made.update(bodies)

    def close(self) -> None:
        """Closes both."""
        super().close()
        self._shared.close()
