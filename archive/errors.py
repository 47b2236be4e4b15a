"""The errors of an archive; the root of the tree is search_spaces.errors.EvolveError.

ArchiveError               an archive that cannot be read or written
├── MissingArchiveError    there is no file of that name
├── NotAnArchiveError      a directory, another program's database, or no database at all
├── VersionError           written by a newer or an older version
├── LockedError            another process writes it
├── UnwritableError        the file or its folder cannot be written
├── DamagedError           the content is not what was written
├── UnknownError           a run or candidate that it does not have, or an ambiguous name
└── QueryError             an SQL query that fails, or that would change something
"""

from search_spaces.errors import EvolveError


class ArchiveError(EvolveError):
    """An archive that cannot be read or written."""


class MissingArchiveError(ArchiveError):
    """There is no file of that name."""


class NotAnArchiveError(ArchiveError):
    """A directory, another program's database, or no database at all."""


class VersionError(ArchiveError):
    """Written by a newer or an older version."""


class LockedError(ArchiveError):
    """Another process writes it."""


class UnwritableError(ArchiveError):
    """The file or its folder cannot be written."""


class DamagedError(ArchiveError):
    """The content is not what was written."""


class UnknownError(ArchiveError):
    """A run or candidate that it does not have, or an ambiguous name."""


class QueryError(ArchiveError):
    """An SQL query that fails, or that would change something."""
