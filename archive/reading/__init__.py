"""Reads an archive: every answer is a record that its model has validated."""

from pathlib import Path

from archive.connection import open_for_reading
from archive.reading.candidates import CandidateReader
from archive.reading.results import ResultReader
from archive.reading.runs import RunReader, Snapshot

__all__ = ["Reader", "Snapshot"]


class Reader(RunReader, CandidateReader, ResultReader):
    """The reading half of an archive.

    Iterators read while they are consumed. Content that its model refuses raises DamagedError.
    """

    @classmethod
    def read(cls, path: Path) -> "Reader":
        """Opens an archive for reading; a writer may be at work meanwhile.

        Raises:
            ArchiveError: There is no archive there that this version can read.
        """
        return Reader(open_for_reading(path), str(path), path)

    def layout(self) -> dict[str, str]:
        """The SQL that made each table and view, by name, tables first."""
        sql = (
            "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite_%' ORDER BY type, name"
        )
        return {row["name"]: row["sql"] for row in self._rows(sql)}

    def integrity(self) -> list[str]:
        """The problems of the archive, one line each; empty if it is sound."""
        from archive.integrity import problems

        return problems(self._database)
