"""Opens archive files, with one writer and any number of readers.

The file is an SQLite database in write-ahead mode with ``synchronous = NORMAL``: a finished group
survives a kill of the process at any point, but not a power failure.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.errors import (
    ArchiveError,
    DamagedError,
    LockedError,
    MissingArchiveError,
    NotAnArchiveError,
    UnwritableError,
    VersionError,
)

APPLICATION_ID = 0x65766F6C
"""Marks a database as an archive ("evol")."""

_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "sshfs", "rclone", "s3fs", "gcsfuse"),
    *("ceph", "glusterfs", "lustre", "beegfs"),
}
"""Kinds of network file systems."""

VERSION = 1
"""The number of migrations, kept in the file as ``user_version``."""


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Opens an archive that this connection cannot change; a writer may be at work meanwhile.

    Raises:
        ArchiveError: There is no archive there that this version can read.
    """
    if _size(path) is None:
        raise MissingArchiveError(
            f"there is no archive {path}; `evolve run` makes one, or name another file"
        )
    _require_archive(path)
    connection = _connect(path, _reading_mode(path))
    connection.execute("PRAGMA query_only = ON")
    return connection


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, "WriterLock"]:
    """Opens an archive as its only writer; creates it, readable by its owner alone, if missing.

    Raises:
        ArchiveError: It is not an archive of this version, has another writer or cannot be written.
    """
    if _size(path):
        _require_archive(path)
    if not path.parent.is_dir():
        raise UnwritableError(f"cannot write {path}: there is no folder {path.parent}; make it")
    if kind := network_file_system(path.parent):
        raise UnwritableError(
            f"{path} is on a network file system ({kind}), where SQLite's locks do not hold; "
            "keep the archive on a local disk and copy it when no run writes it"
        )
    lock = WriterLock(path)
    try:
        _create(path)
        connection = _connect(path, "rw")
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        lock.release()
        raise explain_failure(error, path) from None
    except BaseException:
        lock.release()
        raise
    return connection, lock


def open_in_memory() -> sqlite3.Connection:
    """An archive in memory, lost when it is closed."""
    connection = sqlite3.connect("file::memory:", uri=True, isolation_level=None)
    _prepare(connection)
    return connection


@contextmanager
def attached(connection: sqlite3.Connection, path: Path, name: str) -> Iterator[None]:
    """Attaches another archive as ``other``, for reading.

    Args:
        connection: Of the archive that it is attached to.
        path: The file of the other archive.
        name: What error messages call the first archive.

    Raises:
        ArchiveError: There is no archive there that this version can read.
    """
    open_for_reading(path).close()  # for its error messages
    try:
        connection.execute("ATTACH DATABASE ? AS other", (_uri(path, _reading_mode(path)),))
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None
    try:
        yield
    except sqlite3.Error as error:
        raise explain_failure(error, name) from None
    finally:
        connection.execute("DETACH DATABASE other")


def lock_of(path: Path) -> Path:
    """The lock file beside an archive."""
    return path.with_name(path.name + "-lock")


class WriterLock:
    """The lock that makes a process the only writer of an archive.

    It is an exclusive transaction on a file beside the archive: SQLite's locks end with the process
    that took them, are not inherited by worker processes that outlive it, and work on every
    platform. The file is never removed, because removing it could admit two writers.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock.

        Raises:
            LockedError: Another writer has it.
            UnwritableError: The folder may not be written.
        """
        place = lock_of(path)
        _create(place)
        self._connection = _connect(place, "rw", timeout=0)
        try:
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            raise explain_failure(error, path) from None

    def release(self) -> None:
        """Frees the lock for the next writer."""
        self._connection.close()


def being_written(path: Path) -> bool:
    """Whether an archive has a writer now; true if that cannot be determined."""
    if not lock_of(path).exists():
        return False
    try:
        WriterLock(path).release()
    except ArchiveError:
        return True
    return False


def explain_failure(error: sqlite3.Error, path: Path | str) -> ArchiveError:
    """Turns an error of SQLite into one line with what to do."""
    code = getattr(error, "sqlite_errorname", None) or ""
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError(
            f"{path} is being written by another process; wait for it, or use another archive"
        )
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM")):
        return ArchiveError(
            f"cannot open {path}: {error}; check its permissions and those of its folder"
        )
    if code.startswith("SQLITE_READONLY"):
        return UnwritableError(f"cannot write {path}: {error}; check its permissions")
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return UnwritableError(
            f"cannot write {path}: {error}; free space on its disk, then continue the run with "
            "`evolve resume`"
        )
    if code == "SQLITE_NOTADB":
        return NotAnArchiveError(f"{path} is not an archive: {error}; name another file")
    if code.startswith("SQLITE_CORRUPT"):
        return DamagedError(f"{path} is damaged: {error}; restore it from a copy")
    return ArchiveError(f"{path}: {error}")


def network_file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of network file system that a folder is on; empty if it is on a local one.

    Args:
        folder: The folder.
        mounts: Linux's list of mounts; without it, as on other systems, the result is empty.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    kinds = {Path(line.split()[1].replace("\\040", " ")): line.split()[2] for line in lines}
    real = folder.resolve()
    place = next((each for each in (real, *real.parents) if each in kinds), None)
    kind = kinds[place] if place else ""
    return kind if kind.removeprefix("fuse.") in _NETWORK else ""


def _size(path: Path) -> int | None:
    """The size of a file in bytes; None if it is not there."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ArchiveError(f"cannot open {path}: {error.strerror}; name another file") from None
    if stat.S_ISDIR(status.st_mode):
        raise NotAnArchiveError(f"{path} is a folder, not an archive; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise NotAnArchiveError(f"{path} is not an ordinary file; name another one")
    return status.st_size


def _connect(path: Path, mode: str, timeout: float = 10.0) -> sqlite3.Connection:
    try:
        # Calls may come from any thread, one at a time.
        return sqlite3.connect(
            _uri(path, mode),
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _reading_mode(path: Path) -> str:
    """The URI mode for reading: writable where permitted, so that SQLite can remove its files."""
    if os.access(path.parent, os.W_OK):
        return "rw" if os.access(path, os.W_OK) else "ro"
    return "ro" if path.with_name(path.name + "-wal").exists() else "ro&immutable=1"


def _require_archive(path: Path) -> None:
    """Refuses a file that is not an archive, or one of another version."""
    connection = _connect(path, _reading_mode(path))
    try:
        ((application,),) = connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        raise explain_failure(error, path) from None
    finally:
        connection.close()
    if not tables:
        raise NotAnArchiveError(
            f"{path} is empty, so it is not an archive; if it was copied while a run wrote it, "
            f"copy {path.name}-wal with it; otherwise name another file"
        )
    if application != APPLICATION_ID:
        raise NotAnArchiveError(f"{path} is the database of another program; name another file")
    formats = f"(format {version}, this one reads {VERSION})"
    if version > VERSION:
        raise VersionError(
            f"{path} was written by a newer version {formats}; upgrade evolve-mas to read it"
        )
    if version < VERSION:
        raise VersionError(
            f"{path} was written by an older version {formats}; read it with that version, or "
            "name another file to start a new archive"
        )


def _create(path: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise
        except OSError as error:
            raise UnwritableError(
                f"cannot write {path}: {error.strerror}; check the permissions of its folder"
            ) from None


def _prepare(connection: sqlite3.Connection) -> None:
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    if not tables:
        _make_tables(connection)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -4096")  # in KiB; a larger one made nothing quicker
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # in pages; `Writer` does it earlier
    connection.execute("PRAGMA foreign_keys = ON")
    # A write, so that a disk that refuses is found now and not at the first append.
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _make_tables(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from archive.migrations import MIGRATIONS

    database = Database(connection, execute_plugins=False)
    with database.atomic():
        MIGRATIONS.apply(database)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
