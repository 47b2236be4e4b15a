"""Rows that all runs of an archive share: paid replies and the request options of endpoints."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

from archive import replies
from archive.connection import explain_failure
from archive.records import Run
from archive.store.writer import Writer


class SharedWriter(Writer):
    """Puts and gets replies and endpoints."""

    def add_replies(self, run: Run, bodies: Mapping[bytes, str]) -> None:
        """Adds paid replies by key; existing ones stay."""
        with self.group():
            self._write(replies.ADD, replies.reply_rows(self._key(run), bodies))

    def reply(self, key: bytes) -> str | None:
        """The reply with that key, of any run."""
        try:
            row = self._database.execute(replies.FIND, (key,)).fetchone()
        except sqlite3.Error as error:
            raise explain_failure(error, self.name) from None
        if row is None:
            return None
        with self._sound("a reply"):
            return replies.read_body(row[0])

    def put_endpoint(self, run: Run, key: str, takes: str) -> None:
        """Sets which request options an endpoint accepts.

        Args:
            run: The run that found it out.
            key: The endpoint, without any secret.
            takes: The options, as JSON.
        """
        found = datetime.now(UTC).isoformat(timespec="seconds")
        with self.group():
            self._write(
                "INSERT OR REPLACE INTO endpoints (key, run, takes, found) VALUES (?, ?, ?, ?)",
                [(key, self._key(run), takes, found)],
            )

    def endpoint(self, key: str, since: datetime) -> str | None:
        """The request options that an endpoint accepts, as JSON; None if older than that."""
        sql = "SELECT takes, found FROM endpoints WHERE key = ?"
        for row in self._rows(sql, key):
            if datetime.fromisoformat(row["found"]) >= since:
                return str(row["takes"])
        return None
