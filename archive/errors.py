"""What can go wrong with an archive; the tree's root is search_spaces.errors.EvolveError.

ArchiveError               an archive that cannot be read or written
├── MissingArchiveError    there is no file of that name
├── NotAnArchiveError      a directory, another program's database, or no database at all
├── VersionError           written by a newer version, or by an older one and not updated
├── LockedError            another writer has it
├── UnwritableError        the file or its folder may not be written, or the disk refuses
├── DamagedError           an archive whose content is not what was written
├── UnknownError           a run or candidate that is not in it, or a name that fits several
└── QueryError             a question in SQL that cannot be answered, or that would change something
"""

from search_spaces.errors import EvolveError


class ArchiveError(EvolveError):
    """An archive that cannot be read or written."""


class MissingArchiveError(ArchiveError):
    """There is no file of that name."""


class NotAnArchiveError(ArchiveError):
    """A directory, another program's database, or no database at all."""


class VersionError(ArchiveError):
    """Written by a newer version, or by an older one and not updated."""


class LockedError(ArchiveError):
    """Another writer has it."""


class UnwritableError(ArchiveError):
    """The file or its folder may not be written, or the disk refuses."""


class DamagedError(ArchiveError):
    """An archive whose content is not what was written."""


class UnknownError(ArchiveError):
    """A run or candidate that is not in it, or a name that fits several."""


class QueryError(ArchiveError):
    """A question in SQL that cannot be answered, or that would change something."""
