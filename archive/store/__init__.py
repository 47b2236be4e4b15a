"""Writes an archive: append-only, in groups, by one writer at a time."""

from pathlib import Path
from typing import Self

from archive.connection import attached, open_for_writing, open_in_memory
from archive.merging import Merged, copy_runs
from archive.store.results import ResultWriter
from archive.store.runs import SNAPSHOTS_KEPT, RunWriter
from archive.store.shared import SharedWriter

__all__ = ["SNAPSHOTS_KEPT", "Archive"]


class Archive(RunWriter, ResultWriter, SharedWriter):
    """An archive that is being written.

    Every append is durable when it returns, or when the group that it is part of ends.
    """

    @classmethod
    def write(cls, path: Path) -> Self:
        """Opens an archive as its only writer, and creates it if it is missing.

        Raises:
            ArchiveError: It is not an archive of this version, is locked or cannot be written.
        """
        database, lock = open_for_writing(path)
        return cls(database, str(path), path, lock)

    @classmethod
    def in_memory(cls) -> Self:
        """An archive in memory, lost when it is closed."""
        return cls(open_in_memory(), "the archive in memory")

    def merge(self, path: Path) -> list[Merged]:
        """Copies the runs of another archive that this one does not have; the other is unchanged.

        Raises:
            ArchiveError: It cannot be read, or it has more of a run than this one.
        """
        with attached(self._database, path, self.name), self.group():
            merged = copy_runs(self._database)
        self._names.clear()
        return merged
