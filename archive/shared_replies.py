"""Replies that several processes share: equal calls of different archives are made once."""

import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archive.compression import compress
from archive.connection import network_file_system
from archive.errors import ArchiveError
from archive.replies import read_body

_WAIT_S = 60.0
"""How long to wait while another process writes."""

_TABLE = "CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID"


class SharedReplies:
    """A file of replies, which several processes may read and write at once.

    On a network file system nothing is shared: SQLite's locks do not hold there.
    """

    def __init__(self, path: Path) -> None:
        """Opens nothing yet.

        Args:
            path: The file; it is made, with its folder, when the first reply is looked for.
        """
        self._path = path
        self._opened: sqlite3.Connection | None = None

    def find(self, key: bytes) -> str | None:
        """The reply with that key, if anything has added it.

        Raises:
            ArchiveError: The file cannot be used.
        """
        with self._database() as database:
            row = database.execute("SELECT body FROM replies WHERE key = ?", (key,)).fetchone()
            return None if row is None else read_body(row[0])

    def add(self, bodies: Mapping[bytes, str]) -> None:
        """Adds replies by key; existing ones stay.

        Raises:
            ArchiveError: The file cannot be used.
        """
        new = [(key, compress(body.encode(), level=1)) for key, body in bodies.items()]
        with self._database() as database, database:
            database.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?)", new)

    def close(self) -> None:
        """Closes the file."""
        if self._opened is not None:
            self._opened.close()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._opened is None:
                self._opened = self._open()
            yield self._opened
        except (sqlite3.Error, zlib.error, OSError, ValueError) as error:
            raise ArchiveError(
                f"{self._path}: the shared replies cannot be used ({error}); if the file is "
                "damaged, delete it, and its calls are made again"
            ) from None

    def _open(self) -> sqlite3.Connection:
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        place = ":memory:" if network_file_system(folder) else self._path
        database = sqlite3.connect(place, timeout=_WAIT_S)
        try:
            database.execute(_TABLE)
        except sqlite3.Error:
            database.close()
            raise
        return database
