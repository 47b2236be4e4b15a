"""Queries of an archive's database, with errors as one clear line."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ValidationError

from archive.connection import explain_failure
from archive.errors import DamagedError, QueryError, UnknownError
from archive.records import Run
from search_spaces.errors import explain

R = TypeVar("R", bound=BaseModel)
_READING = {
    *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ),
    *(sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE),
}


class Answer(NamedTuple):
    """Rows with the names of their columns."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Queries:
    """An open archive; close it, or use it in a ``with`` statement."""

    def __init__(self, database: sqlite3.Connection, name: str, path: Path | None = None) -> None:
        """Wraps an open database.

        Args:
            database: A connection in autocommit mode.
            name: What error messages call the archive.
            path: Its file; None for one in memory.
        """
        self.name = name
        self.path = path
        self._database = database
        self._keys: dict[str, int] = {}

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, sql: str, at_most: int | None = None) -> Answer:
        """The answer to an SQL query from outside, which can only read.

        Args:
            sql: One statement.
            at_most: The most rows to return; None: all.

        Raises:
            QueryError: It is not a single statement that reads.
        """
        self._database.set_authorizer(_reads_only)
        try:
            cursor = self._database.execute(sql)
            rows = cursor.fetchall() if at_most is None else cursor.fetchmany(at_most)
        except sqlite3.Error as error:
            reason = "only reading is allowed" if "authoriz" in str(error) else str(error)
            raise QueryError(f"cannot query {self.name}: {reason}") from None
        finally:
            self._database.set_authorizer(None)
        if cursor.description is None:
            raise QueryError(f"cannot query {self.name}: the statement returns no rows; use SELECT")
        return Answer([column[0] for column in cursor.description], rows)

    def _rows(self, sql: str, *values: object) -> Iterator[dict[str, Any]]:
        """The rows that a statement returns, by column name."""
        try:
            cursor = self._database.execute(sql, values)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            raise explain_failure(error, self.name) from None

    def _records(self, model: type[R], sql: str, *values: object) -> list[R]:
        """The rows of a statement as records of a model that has their columns as fields."""
        with self._sound(f"a {model.__name__.lower()}"):
            return [model.model_validate(row) for row in self._rows(sql, *values)]

    def _key(self, run: Run) -> int:
        """The key of a run in the tables."""
        if run.id not in self._keys:
            for row in self._rows("SELECT key FROM runs WHERE id = ?", run.id):
                self._keys[run.id] = row["key"]
        if run.id not in self._keys:
            raise UnknownError(f"{self.name} has no run {run.id!r}")
        return self._keys[run.id]

    @contextmanager
    def _sound(self, what: str) -> Iterator[None]:
        """Reports stored content that its model refuses as a damaged archive."""
        try:
            yield
        except ValidationError as error:
            raise DamagedError(str(explain(error, f"{self.name} is damaged: {what}"))) from None
        except (ValueError, zlib.error) as error:
            raise DamagedError(f"{self.name} is damaged: {what}: {error}") from None


def _reads_only(action: int, *about: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
