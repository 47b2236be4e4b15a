"""What every append to an archive needs: transactions, statements and shared rows."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from archive import rows
from archive.connection import WriterLock, explain_failure
from archive.errors import ArchiveError
from archive.reading import Reader

CHECKPOINTING = 0.33
"""The largest share of a writer's time that checkpoints may take."""


class Writer(Reader):
    """An archive open for appending.

    Every append is durable when it returns, or when the group that it is part of ends.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        name: str,
        path: Path | None = None,
        lock: WriterLock | None = None,
    ) -> None:
        """Wraps an open database.

        Args:
            database: A connection in autocommit mode, its tables made.
            name: What error messages call the archive.
            path: Its file; None for one in memory.
            lock: The lock against other writers, released on closing.
        """
        super().__init__(database, name, path)
        self._lock = lock
        self._opened = time.monotonic()
        self._waited = 0.0
        self._names: dict[str, int] = {}

    def close(self) -> None:
        """Closes the file and frees the lock for the next writer."""
        super().close()
        if self._lock is not None:
            self._lock.release()

    def group(self) -> AbstractContextManager[None]:
        """Makes the appends within it one transaction.

        Raises:
            ArchiveError: The disk cannot be written, or an append contradicts existing rows.
        """
        return nullcontext() if self._database.in_transaction else self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
            self._checkpoint()
        except sqlite3.IntegrityError as error:
            raise ArchiveError(f"{self.name}: a record contradicts others: {error}") from error
        except OverflowError:
            raise ArchiveError(f"{self.name}: a number does not fit into 64 bits") from None
        except sqlite3.Error as error:
            raise explain_failure(error, self.name) from error
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
                self._keys.clear()
                self._names.clear()

    def _checkpoint(self) -> None:
        """Moves what was committed into the file itself, so that a plain copy has it.

        It waits for the disk, so on a slow one it is left to a later commit.
        """
        begun = time.monotonic()
        if self.path is None or self._waited > CHECKPOINTING * (begun - self._opened):
            return
        self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._waited += time.monotonic() - begun

    def _write(self, sql: str, values: Sequence[rows.Row]) -> None:
        self._database.executemany(sql, values)
